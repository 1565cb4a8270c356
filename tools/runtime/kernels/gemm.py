"""Matrix product for onnxruntime-web's wasm build: the inner kernel of its SGEMM, in blocks that fit the registers.

MLAS calls it as

    rows = kernel(A, B, C, CountK, CountM, CountN, lda, ldc, alpha)

A: CountM x CountK floats, rows lda apart. B: packed by the caller in panels of 16 columns, each CountK x 16 floats, the
last one padded with zeros. C: CountM x CountN, rows ldc apart. It computes C = alpha A B (`zero`), or adds that to C,
for as many rows as it likes, and returns how many: the caller comes again for the rest.

MLAS' own takes 2 rows x 16 columns at a time: 8 sums, 4 vectors of B and 2 of A, which with its pointers is close to
the 16 vector registers that x86-64 has. Here it is 4 rows x 8 columns: 8 sums, 2 vectors of B and 1 of A, in the same
memory order. `make bench` measures both (ratios `kernels`, `kernels_1_thread`).
"""

from collections.abc import Callable

from tools.runtime.kernels.assembler import (
    ADD,
    AND,
    EQZ,
    F32,
    F_ADD,
    GE_U,
    GT_U,
    I32,
    RETURN,
    SHL,
    SUB,
    UNREACHABLE,
    V128,
    V_ADD,
    V_MUL,
    V_SPLAT,
    V_ZERO,
    Function,
    const,
    get,
    lane,
    load_f32,
    load_splat,
    load_v,
    put,
    repeat_until_not,
    step,
    store_f32,
    store_v,
    tee,
    when,
)

PARAMETERS = (I32,) * 8 + (F32,)
RESULTS = (I32,)
A, B, C, K, M, N, LDA, LDC, ALPHA = range(9)
ROWS = (4, 2, 1)
PANEL = 16 * 4  # bytes of one k of a panel
HALF = 8  # columns at a time
UNROLLED = 2


def kernel(*, zero: bool) -> bytes:
    """The function's body: MlasGemmFloatKernelZero, or ...Add."""
    function = Function(len(PARAMETERS))
    block = Block(function, zero=zero)
    code = put(block.lda, get(LDA) + const(2) + SHL) + put(block.ldc, get(LDC) + const(2) + SHL)
    for rows in ROWS[:-1]:
        code += when(get(M) + const(rows) + GE_U, block.all_columns(rows))
    return function.body(code + block.all_columns(ROWS[-1]) + UNREACHABLE)


class Block:
    """A few rows, all columns."""

    def __init__(self, function: Function, *, zero: bool) -> None:
        self.zero = zero
        self.lda, self.ldc = function.locals(I32, 2)  # in bytes
        self.a = function.locals(I32, ROWS[0])  # one pointer a row
        self.b, self.b_start, self.c, self.c_row = function.locals(I32, 4)
        self.k, self.columns, self.second_half = function.locals(I32, 3)
        self.sums = [function.locals(V128, 2) for _ in range(ROWS[0])]
        self.b0, self.b1, self.element, self.alpha = function.locals(V128, 4)

    def all_columns(self, rows: int) -> bytes:
        """Eight columns after the other, then return the number of rows."""
        code = put(self.b_start, get(B)) + put(self.c, get(C)) + put(self.columns, get(N))
        code += put(self.second_half, const(0)) + put(self.alpha, get(ALPHA) + V_SPLAT)
        body = self._sums(rows)
        body += when(get(self.columns) + const(HALF) + GE_U, self._store(rows), self._store_some(rows))
        body += step(self.c, HALF * 4) + self._next_half()
        body += when(get(self.columns) + const(HALF) + GT_U + EQZ, const(rows) + RETURN)
        return code + repeat_until_not(body, get(self.columns) + const(HALF) + SUB + tee(self.columns))

    def _sums(self, rows: int) -> bytes:
        code = put(self.a[0], get(A))
        for row in range(1, rows):
            code += put(self.a[row], get(self.a[row - 1]) + get(self.lda) + ADD)
        for row in range(rows):
            for half in range(2):
                code += put(self.sums[row][half], V_ZERO)
        code += put(self.b, get(self.b_start)) + put(self.k, get(K))
        many = b"".join(self._product(rows, k) for k in range(UNROLLED)) + self._advance(rows, UNROLLED)
        many_left = get(self.k) + const(UNROLLED) + SUB + tee(self.k) + const(UNROLLED) + GE_U
        code += when(get(self.k) + const(UNROLLED) + GE_U, repeat_until_not(many, many_left))
        one = self._product(rows, 0) + self._advance(rows, 1)
        code += when(get(self.k), repeat_until_not(one, get(self.k) + const(1) + SUB + tee(self.k)))
        for row in range(rows):
            for half in range(2):
                code += put(self.sums[row][half], get(self.sums[row][half]) + get(self.alpha) + V_MUL)
        return code

    def _product(self, rows: int, k: int) -> bytes:
        code = put(self.b0, load_v(get(self.b), PANEL * k)) + put(
            self.b1, load_v(get(self.b), PANEL * k + 16)
        )
        for row in range(rows):
            code += put(self.element, load_splat(get(self.a[row]), 4 * k))
            for total, b in zip(self.sums[row], (self.b0, self.b1), strict=True):
                code += put(total, get(total) + get(self.element) + get(b) + V_MUL + V_ADD)
        return code

    def _advance(self, rows: int, by: int) -> bytes:
        return step(self.b, PANEL * by) + b"".join(step(self.a[row], 4 * by) for row in range(rows))

    def _each_row(self, rows: int, store: Callable[[int], bytes]) -> bytes:
        code = put(self.c_row, get(self.c))
        for row in range(rows):
            code += store(row)
            if row + 1 < rows:
                code += put(self.c_row, get(self.c_row) + get(self.ldc) + ADD)
        return code

    def _vector(self, row: int, half: int, offset: int) -> bytes:
        total = get(self.sums[row][half])
        if not self.zero:
            total += load_v(get(self.c_row), offset) + V_ADD
        return store_v(get(self.c_row), total, offset)

    def _store(self, rows: int) -> bytes:
        return self._each_row(rows, lambda row: self._vector(row, 0, 0) + self._vector(row, 1, 16))

    def _store_some(self, rows: int) -> bytes:
        """One to seven columns: four if there are four, then one by one."""
        four = self._each_row(rows, lambda row: self._vector(row, 0, 0)) + step(self.c, 16)
        for row in range(rows):
            four += put(self.sums[row][0], get(self.sums[row][1]))
        code = when(get(self.columns) + const(4) + AND, four)
        for column in range(3):

            def one(row: int, column: int = column) -> bytes:
                total = lane(get(self.sums[row][0]), column)
                if not self.zero:
                    total += load_f32(get(self.c_row), 4 * column) + F_ADD
                return store_f32(get(self.c_row), total, 4 * column)

            code += when(get(self.columns) + const(3) + AND + const(column) + GT_U, self._each_row(rows, one))
        return code

    def _next_half(self) -> bytes:
        """From a panel's left half to its right one, from there to the next panel's left one."""
        next_panel = get(self.b_start) + const(32) + SUB + get(K) + const(6) + SHL + ADD
        return when(
            get(self.second_half),
            put(self.b_start, next_panel) + put(self.second_half, const(0)),
            step(self.b_start, 32) + put(self.second_half, const(1)),
        )
