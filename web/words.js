// The page's words in another language than English, before its Python is up. Python takes the file over from here
// (detector/browser/platform/language.py, which this is the beginning of), so it is fetched once.
const LANGUAGES = /^(ar|de|es|fr|hi|ja|pt|zh)(?![a-z])/i;
const TRADITIONAL = /^zh\b(?!.*hans).*\b(hant|tw|hk|mo)\b/i;
const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt", "data-drop"];

// As detector/settings.py and detector/language.py take a tag.
const known = (tag) => (/[^a-z\d-]/i.test(tag) ? "" : /^en\b/i.test(tag) || (LANGUAGES.test(tag) && !TRADITIONAL.test(tag)) ? tag.slice(0, 2).toLowerCase() : "");

/** The visitor's language: as the address says, as was chosen on an earlier visit, or as the browser asks. */
function wanted() {
  let kept = "";
  try {
    if (parent === window) kept = new Map(JSON.parse(localStorage.getItem("onlooker:settings"))).get("lang");
  } catch {
    // nothing is kept
  }
  const said = new URLSearchParams(location.search).get("lang") || kept || "";
  return [said, ...navigator.languages].map(known).find(Boolean) ?? "en";
}

/** An English text in the words of a table, where it has it, alone or with its {fields} filled in. */
function told(words, text) {
  const plain = text.replace(/[\n\t\r ]+/g, " ").trim();
  if (words[plain]) return words[plain];
  for (const [pattern, translation] of Object.entries(words)) {
    if (!pattern.includes("{") || /^[{}\w]*$/.test(pattern)) continue;
    const names = [];
    const source = pattern.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(\w*)\}/g, (_, name) => (names.push(name), "(.+?)"));
    const found = plain.match(new RegExp(`^${source}$`));
    if (found) return translation.replace(/\{(\w*)\}/g, (_, name) => found[1 + names.indexOf(name)]);
  }
  return text;
}

/** All that the page says now, in these words. */
function rewrite(words) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim() && !node.parentNode.closest("script, noscript, style, pre") ? told(words, node.data) : node.data;
    if (text !== node.data) node.data = node.data.replace(/\S[^]*\S|\S/, () => text);
  }
  for (const name of ATTRIBUTES)
    for (const element of document.body.querySelectorAll(`[${name}]`))
      element.setAttribute(name, told(words, element.getAttribute(name)));
}

const language = wanted();
if (language !== "en" && !document.documentElement.dataset.python) {
  const text = fetch(new URL(`web/languages/${language}.json`, document.baseURI)).then((response) => {
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.text();
  });
  window.onlookerWords = { language, text, told: (english) => english };
  text
    .then((content) => {
      const { words } = JSON.parse(content);
      const root = document.documentElement;
      if (!words || root.dataset.python) return; // from here on Python does it
      window.onlookerWords.told = (english) => told(words, english);
      root.lang = language === "zh" ? "zh-Hans" : language;
      root.dir = language === "ar" ? "rtl" : "ltr";
      rewrite(words);
    })
    .catch(() => {}); // Python says what is wrong with it
}
