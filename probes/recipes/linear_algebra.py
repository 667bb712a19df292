"""Recipes for products, decompositions and other matrix functions.

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what NumPy says the answer is.
"""
import numpy as np

from recipes import recipe

A = np.array([[-1.5, 0.0, 2.25], [3.0, -4.0, 0.5]], dtype="float32")
B = np.array([[2.0, 0.5, -1.0], [3.0, 1.5, 0.25]], dtype="float32")
SQUARE = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0], [1.5, 0.25, -2.0]], dtype="float32")
POSITIVE_DEFINITE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 2.0]], dtype="float32")
VECTOR = np.array([1.0, -2.0, 0.5], dtype="float32")
STACK = (np.arange(24, dtype="float32").reshape(2, 3, 4) - 10) / 8
STACK_TOO = (np.arange(40, dtype="float32").reshape(2, 4, 5) - 17) / 16


@recipe("dot")
def dot(c):
    "dot(x, y): the matrix product; with more axes, the last of x with the last but one of y, as np.dot."
    c.equal(c.f(c.tensor(A), c.tensor(SQUARE)), np.dot(A, SQUARE))
    documented = (c.f.__doc__ or "").lower()
    if "nd tensor" in documented or "n-d" in documented or "numpy.dot" in documented or c.accepts("x1"):
        rows = STACK_TOO.reshape(5, 4, 2)
        c.equal(c.f(c.tensor(STACK), c.tensor(rows)), np.dot(STACK, rows))


@recipe("batch_dot")
def batch_dot(c):
    "batch_dot(x, y, axes=None): for each sample the product over one axis of x and one of y."
    c.equal(c.f(c.tensor(STACK), c.tensor(STACK_TOO)), np.matmul(STACK, STACK_TOO))
    if not c.f.__doc__:
        return  # Keras 0.3 says nothing about axes, and its two backends take different ones.
    c.equal(c.f(c.tensor(STACK), c.tensor(STACK_TOO), axes=(2, 1)), np.matmul(STACK, STACK_TOO))
    c.equal(c.f(c.tensor(STACK), c.tensor(STACK), axes=2), np.einsum("bij,bkj->bik", STACK, STACK))
    # Two matrices: one number a sample, and still two axes.
    c.equal(c.f(c.tensor(A), c.tensor(B), axes=1), (A * B).sum(axis=1).reshape(2, 1))


@recipe("transpose")
def transpose(c):
    "transpose(x): the axes in reverse order."
    c.equal(c.f(c.tensor(A)), A.T)
    if c.accepts("axes"):
        c.equal(c.f(c.tensor(STACK), axes=(1, 0, 2)), STACK.transpose(1, 0, 2))


@recipe("matmul", "inner", "outer", "kron", "vdot")
def product(c):
    "matmul(x1, x2), inner, outer, kron, vdot: NumPy's product of the same name."
    second = SQUARE if c.name == "matmul" else B
    c.equal(c.f(c.tensor(A), c.tensor(second)), getattr(np, c.name)(A, second))


@recipe("cross")
def cross(c):
    "cross(x1, x2): the vector at a right angle to both."
    c.equal(c.f(c.tensor(A), c.tensor(B)), np.cross(A, B))


@recipe("tensordot")
def tensordot(c):
    "tensordot(x1, x2, axes): summed over pairs of axes."
    c.equal(c.f(c.tensor(STACK), c.tensor(STACK_TOO), axes=[[0, 2], [0, 1]]),
            np.tensordot(STACK, STACK_TOO, axes=[[0, 2], [0, 1]]))


@recipe("einsum")
def einsum(c):
    "einsum(subscripts, *operands): sums of products, by the letters of their axes."
    c.equal(c.f("bij,bjk->bki", c.tensor(STACK), c.tensor(STACK_TOO)),
            np.einsum("bij,bjk->bki", STACK, STACK_TOO))


@recipe("l2_normalize")
def l2_normalize(c):
    "l2_normalize(x, axis): each vector along the axis divided by its length."
    c.equal(c.f(c.tensor(A), axis=1), A / np.sqrt((A ** 2).sum(axis=1, keepdims=True)))
    c.equal(c.f(c.tensor(STACK), axis=-1), STACK / np.sqrt((STACK ** 2).sum(axis=-1, keepdims=True)))


@recipe("normalize")
def normalize(c):
    "normalize(x, axis=-1, order=2): each vector along the axis divided by its norm."
    c.equal(c.f(c.tensor(A), axis=1), A / np.sqrt((A ** 2).sum(axis=1, keepdims=True)))
    c.equal(c.f(c.tensor(A), axis=1, order=1), A / np.abs(A).sum(axis=1, keepdims=True))


@recipe("norm")
def norm(c):
    "norm(x, ord=None, axis=None): the length of vectors, the norm of matrices."
    c.equal(c.f(c.tensor(A)), np.linalg.norm(A))
    c.equal(c.f(c.tensor(A), ord=1, axis=1), np.linalg.norm(A, ord=1, axis=1))


@recipe("trace", "diagonal", "tril", "triu")
def parts_of_matrix(c):
    "trace(x), diagonal(x), tril(x), triu(x): the diagonal of a matrix and what is beside it."
    c.equal(c.f(c.tensor(SQUARE)), getattr(np, c.name)(SQUARE))


@recipe("diag", "diagflat")
def diag(c):
    "diag(x, k=0), diagflat(x, k=0): a matrix with x on its k-th diagonal."
    c.equal(c.f(c.tensor(VECTOR), k=1), getattr(np, c.name)(VECTOR, k=1))


@recipe("vander")
def vander(c):
    "vander(x, N=None): the powers of x as columns, falling."
    c.equal(c.f(c.tensor(VECTOR), N=4), np.vander(VECTOR, N=4))


@recipe("det", "inv", "pinv")
def of_square_matrix(c):
    "det(x), inv(x), pinv(x): determinant and inverses of a matrix."
    c.equal(c.f(c.tensor(SQUARE)), getattr(np.linalg, c.name)(SQUARE), rtol=1e-3)


@recipe("slogdet")
def slogdet(c):
    "slogdet(x): sign and logarithm of the determinant."
    sign, logarithm = c.f(c.tensor(SQUARE))
    expected = np.linalg.slogdet(SQUARE)
    c.equal(sign, expected[0])
    c.equal(logarithm, expected[1], rtol=1e-3)


@recipe("logdet")
def logdet(c):
    "logdet(x): the logarithm of a positive determinant."
    c.equal(c.f(c.tensor(POSITIVE_DEFINITE)), np.linalg.slogdet(POSITIVE_DEFINITE)[1], rtol=1e-3)


@recipe("cholesky")
def cholesky(c):
    "cholesky(x): the lower triangle L with x = L times its transpose."
    c.equal(c.f(c.tensor(POSITIVE_DEFINITE)), np.linalg.cholesky(POSITIVE_DEFINITE), rtol=1e-3)


@recipe("cholesky_inverse")
def cholesky_inverse(c):
    "cholesky_inverse(x): the inverse of L times its transpose from its lower triangle L."
    factor = np.linalg.cholesky(POSITIVE_DEFINITE)
    c.equal(c.f(c.tensor(factor)), np.linalg.inv(POSITIVE_DEFINITE), rtol=1e-3, atol=1e-4)


@recipe("qr")
def qr(c):
    "qr(x): an orthogonal matrix and an upper triangle whose product is x."
    q, r = [np.asarray(c.eval(part)) for part in c.f(c.tensor(SQUARE))]
    c.equal(np.dot(q, r), SQUARE, rtol=1e-3, atol=1e-4)
    c.equal(np.dot(q.T, q), np.eye(3), atol=1e-4)
    c.equal(np.tril(r, -1), np.zeros((3, 3)), atol=1e-4)


@recipe("svd")
def svd(c):
    "svd(x, full_matrices=True): two orthogonal matrices and the singular values, x = U S V."
    u, s, v = [np.asarray(c.eval(part)) for part in c.f(c.tensor(A), full_matrices=False)]
    c.equal(s, np.linalg.svd(A)[1], rtol=1e-3)
    c.equal(np.dot(u * s, v), A, rtol=1e-3, atol=1e-4)


@recipe("eigh")
def eigh(c):
    "eigh(x): eigenvalues, rising, and eigenvectors of a symmetric matrix."
    values, vectors = [np.asarray(c.eval(part)) for part in c.f(c.tensor(POSITIVE_DEFINITE))]
    c.equal(values, np.linalg.eigvalsh(POSITIVE_DEFINITE), rtol=1e-3)
    c.equal(np.dot(POSITIVE_DEFINITE, vectors), vectors * values, rtol=1e-3, atol=1e-4)


@recipe("eig")
def eig(c):
    "eig(x): eigenvalues, in any order, and eigenvectors of a square matrix."
    values, vectors = [np.asarray(c.eval(part)) for part in c.f(c.tensor(SQUARE))]
    c.equal(np.dot(SQUARE, vectors).astype("complex64"), (vectors * values).astype("complex64"), rtol=1e-3, atol=1e-4)


@recipe("solve", "lstsq")
def solve(c):
    "solve(a, b), lstsq(a, b): the x with a x = b."
    c.equal(c.f(c.tensor(SQUARE), c.tensor(VECTOR)), np.linalg.solve(SQUARE, VECTOR), rtol=1e-3, atol=1e-4)


@recipe("solve_triangular")
def solve_triangular(c):
    "solve_triangular(a, b, lower=False): the x with a x = b, a being a triangle."
    triangle = np.tril(POSITIVE_DEFINITE)
    c.equal(c.f(c.tensor(triangle), c.tensor(VECTOR), lower=True), np.linalg.solve(triangle, VECTOR), rtol=1e-3)


@recipe("matrix_rank")
def matrix_rank(c):
    "matrix_rank(x): how many rows are independent."
    c.equal(c.f(c.tensor(np.vstack([A, 2 * A[:1]]))), 2)


@recipe("lu_factor")
def lu_factor(c):
    "lu_factor(x): both triangles of x in one matrix, and the rows that were swapped."
    packed, pivots = [np.asarray(c.eval(part)) for part in c.f(c.tensor(SQUARE))]
    swapped = SQUARE.copy()
    for row, other in enumerate(pivots):
        swapped[[row, other]] = swapped[[other, row]]
    c.equal(np.dot(np.tril(packed, -1) + np.eye(3), np.triu(packed)), swapped, rtol=1e-3, atol=1e-4)


@recipe("cdist")
def cdist(c):
    "cdist(x, y): the distance of each row of x to each row of y."
    expected = np.sqrt(((SQUARE[:, None] - A[None]) ** 2).sum(axis=-1))
    c.equal(c.f(c.tensor(SQUARE), c.tensor(A)), expected, rtol=1e-3)


@recipe("corrcoef")
def corrcoef(c):
    "corrcoef(x): how far the rows rise and fall together."
    c.equal(c.f(c.tensor(A)), np.corrcoef(A), rtol=1e-3)


@recipe("correlate")
def correlate(c):
    "correlate(x1, x2, mode): one sequence slid along another."
    c.equal(c.f(c.tensor(A[0]), c.tensor(B[0]), mode="full"), np.correlate(A[0], B[0], mode="full"))


@recipe("fft", "fft2", "ifft2")
def fourier(c):
    "fft(x), fft2(x), ifft2(x): the Fourier transform of (real, imaginary), as such a pair."
    expected = getattr(np.fft, c.name)(A + 1j * B)
    real, imaginary = c.f((c.tensor(A), c.tensor(B)))
    c.equal(real, expected.real, rtol=1e-3, atol=1e-4)
    c.equal(imaginary, expected.imag, rtol=1e-3, atol=1e-4)


@recipe("rfft")
def rfft(c):
    "rfft(x): the Fourier transform of real numbers, as a pair (real, imaginary), without the mirrored half."
    real, imaginary = c.f(c.tensor(STACK))
    c.equal(real, np.fft.rfft(STACK).real, rtol=1e-3, atol=1e-4)
    c.equal(imaginary, np.fft.rfft(STACK).imag, rtol=1e-3, atol=1e-4)


@recipe("irfft")
def irfft(c):
    "irfft(x): the real numbers back from a pair (real, imaginary)."
    pair = np.fft.rfft(STACK)
    c.equal(c.f((c.tensor(pair.real.astype("float32")), c.tensor(pair.imag.astype("float32")))), STACK, atol=1e-4)


@recipe("stft")
def stft(c):
    "stft(x, length, stride, fft_length, window, center): the Fourier transform of overlapping stretches, as a pair."
    signal = np.sin(np.arange(12, dtype="float32") ** 1.5)
    expected = np.fft.rfft(np.stack([signal[at:at + 4] for at in (0, 2, 4, 6, 8)]))
    real, imaginary = c.f(c.tensor(signal), 4, 2, 4, window=None, center=False)
    c.equal(real, expected.real, rtol=1e-3, atol=1e-4)
    c.equal(imaginary, expected.imag, rtol=1e-3, atol=1e-4)


@recipe("istft")
def istft(c):
    "istft(x, length, stride, fft_length): the signal back from the pair that stft gives."
    signal = np.sin(np.arange(16, dtype="float32") ** 1.5)
    c.equal(c.f(c.K.stft(c.tensor(signal), 8, 4, 8), 8, 4, 8, length=16), signal, atol=1e-4)


@recipe("dot_product_attention")
def dot_product_attention(c):
    "dot_product_attention(query, key, value): values weighted by softmax(query . key / sqrt(size)), for each head."
    heads = STACK.reshape(2, 3, 2, 2)
    scores = np.einsum("bqhd,bkhd->bhqk", heads, heads[:, ::-1]) / np.sqrt(2)
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    found = c.f(c.tensor(heads), c.tensor(heads[:, ::-1].copy()), c.tensor(heads))
    c.equal(found, np.einsum("bhqk,bkhd->bqhd", weights, heads), rtol=1e-3, atol=1e-4)
