"""onnxruntime-web as it is once a network is open, kept as a file: the page begins there.

To open a network, onnxruntime registers all operations of ONNX, reads the model, improves its graph and makes floats
of its kernels. That is most of what a visitor waited for, and the same every time: 3,000 functions are compiled for it,
and some of them optimised by the browser, to run once. So set-up does it, in Node.js, and keeps the memory:

    start.mjs    opens the network and writes what onnxruntime-web's memory and globals are then
    names.py     how onnxruntime-web's glue calls what has to be replaced (it is minified)
    marking.py   a build that leaves a mark for each function that runs and each block of memory that it reads
    image.py     the memory without what no run reads, and without the kernels: those are in the model's file
    build.py     all of it in order; the results are compared with those of a network that was opened as usual

web/snapshot.js goes on from there, in the page and in Node.js. Whatever a run should meet that is not here ends it with
an error, and the page opens the network as usual (detector/browser/network/session_factory.py).
"""
