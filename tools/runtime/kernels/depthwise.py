"""Depthwise 3 x 3 convolution for onnxruntime-web's wasm build, done directly.

MLAS unrolls each channel into a 9 x N matrix and multiplies one row of nine weights by that: it writes and reads nine
times the data. This computes each output from its nine inputs, four outputs at a time.

It is a beginning for MlasConvOperation, which MLAS calls for each channel:

    operation(Parameters, Input, Filter, Bias, WorkingBuffer, Output, SegmentStartN, SegmentCountN)

If the parameters are those of a depthwise 3 x 3 over a whole channel it computes, has MLAS add the bias and apply the
activation as always, and returns; if not, what stood there before goes on.
"""

from collections.abc import Callable

from tools.runtime.kernels.assembler import (
    ADD,
    AND,
    DIV_U,
    EQ,
    F32,
    F_ADD,
    F_EQ,
    F_MUL,
    GE_U,
    I32,
    LE_U,
    LT_S,
    LT_U,
    MUL,
    RETURN,
    SHL,
    SUB,
    V128,
    V_ADD,
    V_MUL,
    V_ZERO,
    Function,
    call,
    choose,
    const,
    get,
    lane,
    load,
    load_f32,
    load_splat,
    load_v,
    put,
    repeat_while,
    shuffled,
    step,
    store_f32,
    store_v,
    when,
)

PARAMETERS = (I32,) * 8
RESULTS = ()
STRUCT, INPUT, FILTER, BIAS, _, OUTPUT, START, COUNT = range(8)

# Offsets into MLAS_CONV_PARAMETERS, 32-bit, onnxruntime-web 1.30.
ACTIVATION, DIMENSIONS = 0, 4
INPUT_HEIGHT, INPUT_WIDTH = 24, 28
KERNEL_HEIGHT, KERNEL_WIDTH = 36, 40
DILATION_Y, DILATION_X = 48, 52
PAD_TOP, PAD_LEFT = 60, 64
STRIDE_Y, STRIDE_X = 84, 88
FILTER_COUNT = 96
OUTPUT_HEIGHT, OUTPUT_WIDTH = 100, 104
OUTPUT_SIZE, K, BETA = 116, 120, 124
REQUIRED = {
    DIMENSIONS: 2,
    K: 9,  # one input channel
    KERNEL_HEIGHT: 3,
    KERNEL_WIDTH: 3,
    DILATION_Y: 1,
    DILATION_X: 1,
    FILTER_COUNT: 1,
}
TAPS = range(3)


def prefix(function: Function, activate: int) -> bytes:
    """Code to put before the body of MlasConvOperation; `activate` is the index of MlasActivation."""
    return when(_applies(), Channel(function).compute() + _finish(activate) + RETURN)


def _applies() -> bytes:
    parameter = get(STRUCT)
    code = get(START) + const(0) + EQ
    code += get(COUNT) + load(parameter, OUTPUT_SIZE) + EQ + AND
    for offset, value in REQUIRED.items():
        code += load(parameter, offset) + const(value) + EQ + AND
    code += (
        load(parameter, PAD_TOP) + const(1) + LE_U + AND + load(parameter, PAD_LEFT) + const(1) + LE_U + AND
    )
    code += load(parameter, STRIDE_Y) + load(parameter, STRIDE_X) + EQ + AND
    code += load(parameter, STRIDE_X) + const(1) + SUB + const(1) + LE_U + AND  # 1 or 2
    code += load(parameter, INPUT_WIDTH) + const(3) + GE_U + AND
    return code + load_f32(parameter, BETA) + b"\x43" + bytes(4) + F_EQ + AND


def _finish(activate: int) -> bytes:
    parameter = get(STRUCT)
    rows_and_columns = const(1) + get(COUNT)
    return (
        load(parameter, ACTIVATION) + get(OUTPUT) + get(BIAS) + rows_and_columns + get(COUNT) + call(activate)
    )


class Channel:
    """One channel: Output[y, x] = sum over i, j of Filter[i, j] Input[y stride - top + i, x stride - left + j]."""

    def __init__(self, function: Function) -> None:
        self.height, self.width, self.out_height, self.out_width = function.locals(I32, 4)
        self.top, self.left, self.stride = function.locals(I32, 3)
        self.x, self.x_end, self.y, self.in_y, self.in_x = function.locals(I32, 5)
        self.inner_end = function.local(I32)  # columns from `left` to here need no padding
        self.out, self.at = function.locals(I32, 2)
        self.rows = function.locals(I32, 3)
        self.weights = [function.locals(V128, 3) for _ in TAPS]
        self.first, self.second = function.locals(V128, 2)
        self.total = function.local(F32)

    def compute(self) -> bytes:
        parameter = get(STRUCT)
        code = b""
        for local, offset in (
            (self.height, INPUT_HEIGHT),
            (self.width, INPUT_WIDTH),
            (self.out_height, OUTPUT_HEIGHT),
            (self.out_width, OUTPUT_WIDTH),
            (self.top, PAD_TOP),
            (self.left, PAD_LEFT),
            (self.stride, STRIDE_X),
        ):
            code += put(local, load(parameter, offset))
        inner = (
            get(self.width)
            + const(3)
            + SUB
            + get(self.left)
            + ADD
            + get(self.stride)
            + DIV_U
            + const(1)
            + ADD
        )
        code += put(self.inner_end, inner)
        fits = get(self.inner_end) + get(self.out_width) + LT_U
        code += put(self.inner_end, choose(fits, get(self.inner_end), get(self.out_width)))
        code += put(self.out, get(OUTPUT)) + put(self.y, const(0))
        row = self._point_at_rows() + self._row() + step(self.y, 1)
        row += put(self.out, get(self.out) + get(self.out_width) + const(2) + SHL + ADD)
        return code + repeat_while(get(self.y) + get(self.out_height) + LT_U, row)

    def _point_at_rows(self) -> bytes:
        """Three input rows and their weights; a row outside the picture weighs nothing."""
        code = b""
        for i in TAPS:
            y = get(self.y) + get(self.stride) + MUL + get(self.top) + SUB + const(i) + ADD
            inside = put(
                self.rows[i], get(INPUT) + get(self.in_y) + get(self.width) + MUL + const(2) + SHL + ADD
            )
            outside = put(self.rows[i], get(INPUT))
            for j in TAPS:
                inside += put(self.weights[i][j], load_splat(get(FILTER), 4 * (3 * i + j)))
                outside += put(self.weights[i][j], V_ZERO)
            # Unsigned: a row above the picture is a very large number.
            code += put(self.in_y, y) + when(get(self.in_y) + get(self.height) + LT_U, inside, outside)
        return code

    def _row(self) -> bytes:
        code = put(self.x, const(0)) + self._one_by_one(get(self.left))
        code += when(
            get(self.stride) + const(1) + EQ, self._fours(self._four_next), self._fours(self._four_apart)
        )
        return code + self._one_by_one(get(self.out_width))

    def _fours(self, four: Callable[[], bytes]) -> bytes:
        """Four outputs at a time while four are left that need no padding, the last four perhaps a second time."""
        room = get(self.x) + const(4) + ADD + get(self.inner_end)
        some_left = get(self.x) + get(self.inner_end) + LT_U
        four_in_all = get(self.inner_end) + get(self.left) + SUB + const(4) + LT_S
        code = repeat_while(room + LE_U, four() + step(self.x, 4))
        back = put(self.x, get(self.inner_end) + const(4) + SUB) + four() + put(self.x, get(self.inner_end))
        return code + when(some_left, when(four_in_all, b"", back))

    def _in_x(self) -> bytes:
        return get(self.x) + get(self.stride) + MUL + get(self.left) + SUB

    def _store_four(self, sums: list[bytes]) -> bytes:
        total = sums[0]
        for one in sums[1:]:
            total += one + V_ADD
        return store_v(get(self.out) + get(self.x) + const(2) + SHL + ADD, total)

    def _four_next(self) -> bytes:
        """Stride 1: neighbours' inputs are neighbours."""
        code = put(self.in_x, self._in_x() + const(2) + SHL)
        sums = []
        for i in TAPS:
            row = get(self.rows[i]) + get(self.in_x) + ADD
            products = [load_v(row, 4 * j) + get(self.weights[i][j]) + V_MUL for j in TAPS]
            sums.append(products[0] + products[1] + V_ADD + products[2] + V_ADD)
        return code + self._store_four(sums)

    def _four_apart(self) -> bytes:
        """Stride 2: every other input. No load reaches past the last input that is needed."""
        code = put(self.in_x, self._in_x() + const(2) + SHL)
        total = V_ZERO
        for i in TAPS:
            code_row = put(self.at, get(self.rows[i]) + get(self.in_x) + ADD)
            code_row += put(self.first, load_v(get(self.at))) + put(self.second, load_v(get(self.at), 16))
            both = (get(self.first), get(self.second))
            even = shuffled(*both, (0, 2, 4, 6)) + get(self.weights[i][0]) + V_MUL
            odd = shuffled(*both, (1, 3, 5, 7)) + get(self.weights[i][1]) + V_MUL
            last = shuffled(load_v(get(self.at), 8), load_v(get(self.at), 20), (0, 2, 5, 7))
            total += code_row + even + V_ADD + odd + V_ADD + last + get(self.weights[i][2]) + V_MUL + V_ADD
        return code + store_v(get(self.out) + get(self.x) + const(2) + SHL + ADD, total)

    def _one_by_one(self, end: bytes) -> bytes:
        """Outputs up to `end`, with inputs left and right of the picture left out."""
        body = put(self.in_x, self._in_x()) + put(self.total, b"\x43" + bytes(4))
        for j in TAPS:
            column = get(self.in_x) + const(j) + ADD
            products = get(self.total)
            for i in TAPS:
                value = load_f32(get(self.rows[i]) + column + const(2) + SHL + ADD)
                products += value + lane(get(self.weights[i][j]), 0) + F_MUL + F_ADD
            body += when(column + get(self.width) + LT_U, put(self.total, products))
        body += store_f32(get(self.out) + get(self.x) + const(2) + SHL + ADD, get(self.total)) + step(
            self.x, 1
        )
        return put(self.x_end, end) + repeat_while(get(self.x) + get(self.x_end) + LT_U, body)
