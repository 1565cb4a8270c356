"""Faster inner loops for onnxruntime-web's wasm build, written in WebAssembly and put into it at set-up.

On the wasm provider 70% of the time goes into 1 x 1 convolutions, which are matrix products, and 28% into depthwise
convolutions. These take less time than MLAS' own for both (docs/speed.md). Nothing else of the runtime changes,
and what the network computes stays the same to rounding (tests/tools/runtime/test_kernels.py).

    patch.py      which functions are exchanged, and how they are found
    gemm.py       the matrix product's kernel
    depthwise.py  the 3 x 3 depthwise convolution
    module.py     reading and rewriting a module
    assembler.py  instructions
"""
