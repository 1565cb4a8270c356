// The frames of a video, one at a time, for detector/browser/embedding/scripting.py. Nothing is pending while nobody waits for one.

const IDLE_MS = 5000;

/**
 * `next()` gives "frame" once the video shows another, "ended" when it shows no more, or "rested": nobody had asked for
 * so long that the camera went off. owned: whether the video's stream is to be stopped then.
 */
export function frames(video, owned) {
  const byVideo = "requestVideoFrameCallback" in video;
  let waiting = null; // {resolve, handle} of who waits
  let timer = 0;
  let over = false;
  let rested = false;

  const tell = (what) => {
    const { resolve, handle } = waiting;
    waiting = null;
    for (const event of ENDS) video.removeEventListener(event, end);
    if (byVideo) video.cancelVideoFrameCallback(handle);
    else cancelAnimationFrame(handle);
    resolve(what);
  };
  const end = () => waiting && tell("ended");
  const rest = () => {
    rested = true;
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  };

  return {
    next() {
      clearTimeout(timer);
      if (over) return Promise.resolve("ended");
      if (rested) {
        rested = false;
        return Promise.resolve("rested");
      }
      const gone = video.ended || (!video.srcObject && !video.currentSrc) || video.srcObject?.active === false;
      if (gone) return Promise.resolve("ended");
      return new Promise((resolve) => {
        const came = () => waiting && tell("frame");
        for (const event of ENDS) video.addEventListener(event, end);
        const handle = byVideo ? video.requestVideoFrameCallback(came) : requestAnimationFrame(came);
        waiting = { resolve, handle };
      });
    },
    /** A frame is in its taker's hands: if nobody asks for the next one, a camera goes off. */
    given() {
      clearTimeout(timer);
      if (owned && !over) timer = setTimeout(rest, IDLE_MS);
    },
    close() {
      over = true;
      clearTimeout(timer);
      end();
    },
  };
}

const ENDS = ["ended", "emptied", "error"];
