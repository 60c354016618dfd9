// The emulated cuBLAS: products of matrices stored by columns, f32 or bf16, summed in f32.
#include "emulator.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

enum cublasStatus { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
enum { F32 = 0, BF16 = 14, COMPUTE_32F = 68 };

// A tile of the result: as many rows as two registers hold, and so few columns that all sums stay in registers.
#ifdef __AVX512F__
static const int LANES = 16;
#else
static const int LANES = 8;
#endif
static const int ROWS = 2 * LANES, COLUMNS = 6;
// Columns of the result and terms of the sums that are computed at a time, so that what they need stays in the cache.
static const int SOME_COLUMNS = 85 * COLUMNS, SOME_TERMS = 256;
typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4)));

struct Bfloat16 {
    uint16_t bits;
    explicit operator float() const {
        uint32_t wide = uint32_t(bits) << 16;
        float value;
        memcpy(&value, &wide, 4);
        return value;
    }
    explicit Bfloat16(float value) {
        uint32_t wide;
        memcpy(&wide, &value, 4);
        bits = value != value ? 0x7fff : (wide + 0x7fff + (wide >> 16 & 1)) >> 16;
    }
};

// A matrix: the distance between neighbouring terms of a sum, and between neighbouring rows (of A) or columns (of B).
struct Factor {
    const void* start;
    size_t term, line;
};

struct Product {
    int m, n, k;
    float alpha, beta;
    Factor a, b;
    void* c;
    int row;
};

// Copies lines into tiles of `width` lines each, term by term, with zeros where lines are lacking.
template <class T>
static void pack(const Factor& from, size_t first_line, size_t first_term, int lines, int terms, int width,
                 std::vector<float>& to) {
    const T* start = static_cast<const T*>(from.start) + first_line * from.line + first_term * from.term;
    to.assign(size_t(lines + width - 1) / width * width * terms, 0.0f);
    for (int tile = 0; tile < lines; tile += width) {
        const T* own = start + tile * from.line;
        float* out = &to[size_t(tile) * terms];
        int present = std::min(width, lines - tile);
        // The inner loop follows the memory.
        if (from.line == 1) {
            for (int term = 0; term < terms; term++)
                for (int i = 0; i < present; i++) out[term * width + i] = float(own[term * from.term + i]);
        } else {
            for (int i = 0; i < present; i++)
                for (int term = 0; term < terms; term++) out[term * width + i] = float(own[i * from.line + term * from.term]);
        }
    }
}

// Adds the product of two tiles to ROWS times COLUMNS sums.
static void add_tile(const float* a, const float* b, int terms, float* sums) {
    Vector total[COLUMNS][2];
    memcpy(total, sums, sizeof total);
    for (int term = 0; term < terms; term++, a += ROWS, b += COLUMNS) {
        Vector low, high;
        memcpy(&low, a, sizeof low);
        memcpy(&high, a + LANES, sizeof high);
#pragma GCC unroll 6
        for (int j = 0; j < COLUMNS; j++) {
            total[j][0] += low * b[j];
            total[j][1] += high * b[j];
        }
    }
    memcpy(sums, total, sizeof total);
}

template <class T, class R> static void multiply(const Product& p) {
    static std::vector<float> a, b, sums;
    int row_tiles = (p.m + ROWS - 1) / ROWS;
    for (int column = 0; column < p.n; column += SOME_COLUMNS) {
        int columns = std::min(SOME_COLUMNS, p.n - column), column_tiles = (columns + COLUMNS - 1) / COLUMNS;
        sums.assign(size_t(row_tiles) * column_tiles * ROWS * COLUMNS, 0.0f);
        for (int term = 0; term < p.k; term += SOME_TERMS) {
            int terms = std::min(SOME_TERMS, p.k - term);
            pack<T>(p.a, 0, term, p.m, terms, ROWS, a);
            pack<T>(p.b, column, term, columns, terms, COLUMNS, b);
            for (int j = 0; j < column_tiles; j++)
                for (int i = 0; i < row_tiles; i++)
                    add_tile(&a[size_t(i) * ROWS * terms], &b[size_t(j) * COLUMNS * terms], terms,
                             &sums[size_t(j * row_tiles + i) * ROWS * COLUMNS]);
        }
        for (int j = 0; j < columns; j++) {
            R* out = static_cast<R*>(p.c) + size_t(column + j) * p.row;
            for (int i = 0; i < p.m; i++) {
                size_t tile = size_t(j / COLUMNS) * row_tiles + i / ROWS;
                float value = p.alpha * sums[(tile * COLUMNS + j % COLUMNS) * ROWS + i % ROWS];
                // Without a factor the result before may be NaN.
                if (p.beta != 0) value += p.beta * float(out[i]);
                out[i] = R(value);
            }
        }
    }
}

// A handle is nothing but its stream.
EXPORT cublasStatus cublasCreate_v2(Stream*** handle) {
    *handle = new Stream*(nullptr);
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasDestroy_v2(Stream** handle) {
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasSetStream_v2(Stream** handle, Stream* stream) {
    *handle = stream;
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasSetWorkspace_v2(Stream**, void*, size_t) { return CUBLAS_STATUS_SUCCESS; }
EXPORT cublasStatus cublasSetMathMode(Stream**, int) { return CUBLAS_STATUS_SUCCESS; }
EXPORT cublasStatus cublasSetAtomicsMode(Stream**, int) { return CUBLAS_STATUS_SUCCESS; }

EXPORT cublasStatus cublasGemmEx(Stream** handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha,
                                 const void* a, int type_a, int row_a, const void* b, int type_b, int row_b, const float* beta,
                                 void* c, int type_c, int row_c, int compute, int) {
    void (*run)(const Product&) = nullptr;
    if (type_a == F32 && type_c == F32) run = multiply<float, float>;
    if (type_a == BF16 && type_c == F32) run = multiply<Bfloat16, float>;
    if (type_a == BF16 && type_c == BF16) run = multiply<Bfloat16, Bfloat16>;
    if (!run || type_a != type_b || compute != COMPUTE_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
    size_t step_a = row_a, step_b = row_b;
    Factor first = transpose_a ? Factor{a, 1, step_a} : Factor{a, step_a, 1};
    Factor second = transpose_b ? Factor{b, step_b, 1} : Factor{b, 1, step_b};
    Product product = {m, n, k, *alpha, *beta, first, second, c, row_c};
    (*handle)->submit([=] { run(product); });
    return CUBLAS_STATUS_SUCCESS;
}
