// The emulated cuBLAS: products of matrices in columns, added up in single precision.
#include "emulator.h"

#include <algorithm>
#include <cstring>

enum cublasStatus { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_NOT_INITIALIZED = 1, CUBLAS_STATUS_INVALID_VALUE = 7,
                    CUBLAS_STATUS_EXECUTION_FAILED = 13, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
enum { F32 = 0, F16 = 2, BF16 = 14 };
enum { COMPUTE_32F = 68, COMPUTE_32F_LAST = 78, COMPUTE_64F = 70, COMPUTE_64F_LAST = 73 };

// The smallest tile: as many rows as two registers hold, and few enough columns that all sums stay
// in registers.
#ifdef __AVX512F__
static const int LANES = 16;
#else
static const int LANES = 8;
#endif
static const int ROWS = 2 * LANES, COLUMNS = 6;
// What is packed at a time: the piece of A fits the second-level cache.
static const int BLOCK_ROWS = 256, BLOCK_COLUMNS = 510, BLOCK_DEPTH = 256;
typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4)));

struct Bfloat16 {
    uint16_t bits;
    operator float() const {
        uint32_t wide = uint32_t(bits) << 16;
        float value;
        memcpy(&value, &wide, 4);
        return value;
    }
    Bfloat16() = default;
    explicit Bfloat16(float value) {
        uint32_t wide;
        memcpy(&wide, &value, 4);
        bool nan = (wide & 0x7FFFFFFF) > 0x7F800000;
        bits = nan ? wide >> 16 | 0x40 : (wide + 0x7FFF + (wide >> 16 & 1)) >> 16;
    }
};

// One product; `row` and `column` are the steps of A and B along the dimension that is added up.
struct Product {
    bool transpose_a, transpose_b;
    int m, n, k;
    float alpha, beta;
    const void* a;
    const void* b;
    void* c;
    int lda, ldb, ldc;
    long long stride_a, stride_b, stride_c;
    int batch, type, result_type;
};

// Copies a piece of a matrix into tiles of `width` lines each, with zeros where lines are lacking.
template <class T>
static void pack(const T* start, size_t line_step, size_t depth_step, int lines, int depth, int width, float* out) {
    for (int first = 0; first < lines; first += width) {
        int present = std::min(width, lines - first);
        const T* tile = start + first * line_step;
        if (present < width) memset(out, 0, sizeof(float) * width * depth);
        if (line_step == 1) {
            for (int p = 0; p < depth; p++)
                for (int i = 0; i < present; i++) out[p * width + i] = float(tile[p * depth_step + i]);
        } else {
            for (int i = 0; i < present; i++)
                for (int p = 0; p < depth; p++) out[p * width + i] = float(tile[i * line_step + p * depth_step]);
        }
        out += size_t(width) * depth;
    }
}

// Adds the product of two packed tiles to the sums of ROWS times COLUMNS results.
static void add_tile(const float* a, const float* b, int depth, float* sums) {
    Vector total[COLUMNS][2];
    for (int j = 0; j < COLUMNS; j++)
        for (int h = 0; h < 2; h++) memcpy(&total[j][h], sums + j * ROWS + h * LANES, sizeof(Vector));
    for (int p = 0; p < depth; p++, a += ROWS, b += COLUMNS) {
        Vector low, high;
        memcpy(&low, a, sizeof low);
        memcpy(&high, a + LANES, sizeof high);
#pragma GCC unroll 6
        for (int j = 0; j < COLUMNS; j++) {
            total[j][0] += low * b[j];
            total[j][1] += high * b[j];
        }
    }
    for (int j = 0; j < COLUMNS; j++)
        for (int h = 0; h < 2; h++) memcpy(sums + j * ROWS + h * LANES, &total[j][h], sizeof(Vector));
}

struct Buffers {
    std::vector<float> a = std::vector<float>((BLOCK_ROWS + ROWS) * BLOCK_DEPTH);
    std::vector<float> b = std::vector<float>((BLOCK_COLUMNS + COLUMNS) * BLOCK_DEPTH);
    std::vector<float> sums = std::vector<float>((BLOCK_ROWS + ROWS) * (BLOCK_COLUMNS + COLUMNS));
};

template <class T, class R> static void multiply(const Product& p, const T* a, const T* b, R* c) {
    static thread_local Buffers* kept = nullptr;
    if (!kept) kept = new Buffers;
    Buffers& buffers = *kept;
    size_t a_row = p.transpose_a ? p.lda : 1, a_depth = p.transpose_a ? 1 : p.lda;
    size_t b_column = p.transpose_b ? 1 : p.ldb, b_depth = p.transpose_b ? p.ldb : 1;
    // As BLAS has it, nothing is read of A and B where alpha is zero.
    int k = p.alpha == 0 ? 0 : p.k;
    for (int row = 0; row < p.m; row += BLOCK_ROWS) {
        int rows = std::min(BLOCK_ROWS, p.m - row);
        for (int column = 0; column < p.n; column += BLOCK_COLUMNS) {
            int columns = std::min(BLOCK_COLUMNS, p.n - column);
            std::fill(buffers.sums.begin(), buffers.sums.end(), 0.0f);
            int row_tiles = (rows + ROWS - 1) / ROWS, column_tiles = (columns + COLUMNS - 1) / COLUMNS;
            for (int start = 0; start < k; start += BLOCK_DEPTH) {
                int depth = std::min(BLOCK_DEPTH, k - start);
                pack(a + row * a_row + start * a_depth, a_row, a_depth, rows, depth, ROWS, buffers.a.data());
                pack(b + column * b_column + start * b_depth, b_column, b_depth, columns, depth, COLUMNS,
                     buffers.b.data());
                for (int j = 0; j < column_tiles; j++)
                    for (int i = 0; i < row_tiles; i++)
                        add_tile(&buffers.a[size_t(i) * ROWS * depth], &buffers.b[size_t(j) * COLUMNS * depth], depth,
                                 &buffers.sums[size_t(j * row_tiles + i) * ROWS * COLUMNS]);
            }
            for (int j = 0; j < columns; j++) {
                R* out = c + size_t(column + j) * p.ldc + row;
                for (int i = 0; i < rows; i++) {
                    size_t tile = size_t(j / COLUMNS) * row_tiles + i / ROWS;
                    float value = p.alpha * buffers.sums[(tile * COLUMNS + j % COLUMNS) * ROWS + i % ROWS];
                    if (p.beta != 0) value += p.beta * float(out[i]);
                    out[i] = R(value);
                }
            }
        }
    }
}

template <class T, class R> static void multiply_all(const Product& p) {
    for (int i = 0; i < p.batch; i++)
        multiply(p, static_cast<const T*>(p.a) + i * p.stride_a, static_cast<const T*>(p.b) + i * p.stride_b,
                 static_cast<R*>(p.c) + i * p.stride_c);
}

struct Handle {
    Device* device;
    Stream* stream;
};

static cublasStatus issue(Handle* handle, const Product& p) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0) return CUBLAS_STATUS_INVALID_VALUE;
    if (p.lda < std::max(1, p.transpose_a ? p.k : p.m) || p.ldb < std::max(1, p.transpose_b ? p.n : p.k) ||
        p.ldc < std::max(1, p.m))
        return CUBLAS_STATUS_INVALID_VALUE;
    void (*run)(const Product&) = nullptr;
    if (p.type == F32 && p.result_type == F32) run = multiply_all<float, float>;
    if (p.type == F16 && p.result_type == F32) run = multiply_all<_Float16, float>;
    if (p.type == F16 && p.result_type == F16) run = multiply_all<_Float16, _Float16>;
    if (p.type == BF16 && p.result_type == F32) run = multiply_all<Bfloat16, float>;
    if (p.type == BF16 && p.result_type == BF16) run = multiply_all<Bfloat16, Bfloat16>;
    if (!run) return CUBLAS_STATUS_NOT_SUPPORTED;
    if (p.m == 0 || p.n == 0 || p.batch == 0) return CUBLAS_STATUS_SUCCESS;
    Stream* stream = handle->stream ? handle->stream : handle->device->null_stream;
    return submit(stream, [run, p] { run(p); }) ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasCreate_v2(Handle** handle) {
    if (!current_device) return CUBLAS_STATUS_NOT_INITIALIZED;
    *handle = new Handle{current_device, nullptr};
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasDestroy_v2(Handle* handle) {
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasSetStream_v2(Handle* handle, Stream* stream) {
    handle->stream = uintptr_t(stream) <= 2 ? nullptr : stream;
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasGetStream_v2(Handle* handle, Stream** stream) {
    *stream = handle->stream;
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus cublasSetWorkspace_v2(Handle*, void*, size_t) { return CUBLAS_STATUS_SUCCESS; }
EXPORT cublasStatus cublasSetMathMode(Handle*, int) { return CUBLAS_STATUS_SUCCESS; }
EXPORT cublasStatus cublasSetAtomicsMode(Handle*, int) { return CUBLAS_STATUS_SUCCESS; }

EXPORT cublasStatus cublasSetPointerMode_v2(Handle*, int mode) {
    return mode == 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

EXPORT cublasStatus cublasGetVersion_v2(Handle*, int* version) {
    *version = 130000;
    return CUBLAS_STATUS_SUCCESS;
}

EXPORT const char* cublasGetStatusString(cublasStatus status) {
    return status == CUBLAS_STATUS_SUCCESS ? "success" : "emulated failure";
}

EXPORT cublasStatus cublasGemmStridedBatchedEx(Handle* handle, int transpose_a, int transpose_b, int m, int n, int k,
                                               const void* alpha, const void* a, int type_a, int lda,
                                               long long stride_a, const void* b, int type_b, int ldb,
                                               long long stride_b, const void* beta, void* c, int type_c, int ldc,
                                               long long stride_c, int batch, int compute, int) {
    if (transpose_a < 0 || transpose_a > 2 || transpose_b < 0 || transpose_b > 2 || !alpha || !beta)
        return CUBLAS_STATUS_INVALID_VALUE;
    bool single = compute >= COMPUTE_32F && compute <= COMPUTE_32F_LAST &&
                  !(compute >= COMPUTE_64F && compute <= COMPUTE_64F_LAST);
    if (type_a != type_b || !single) return CUBLAS_STATUS_NOT_SUPPORTED;
    return issue(handle, {transpose_a != 0, transpose_b != 0, m, n, k, *static_cast<const float*>(alpha),
                          *static_cast<const float*>(beta), a, b, c, lda, ldb, ldc, stride_a, stride_b, stride_c,
                          batch, type_a, type_c});
}

EXPORT cublasStatus cublasGemmEx(Handle* handle, int transpose_a, int transpose_b, int m, int n, int k,
                                 const void* alpha, const void* a, int type_a, int lda, const void* b, int type_b,
                                 int ldb, const void* beta, void* c, int type_c, int ldc, int compute, int algorithm) {
    return cublasGemmStridedBatchedEx(handle, transpose_a, transpose_b, m, n, k, alpha, a, type_a, lda, 0, b, type_b,
                                      ldb, 0, beta, c, type_c, ldc, 0, 1, compute, algorithm);
}

EXPORT cublasStatus cublasSgemm_v2(Handle* handle, int transpose_a, int transpose_b, int m, int n, int k,
                                   const float* alpha, const float* a, int lda, const float* b, int ldb,
                                   const float* beta, float* c, int ldc) {
    return cublasGemmEx(handle, transpose_a, transpose_b, m, n, k, alpha, a, F32, lda, b, F32, ldb, beta, c, F32, ldc,
                        COMPUTE_32F, -1);
}

EXPORT cublasStatus cublasSgemmStridedBatched(Handle* handle, int transpose_a, int transpose_b, int m, int n, int k,
                                              const float* alpha, const float* a, int lda, long long stride_a,
                                              const float* b, int ldb, long long stride_b, const float* beta, float* c,
                                              int ldc, long long stride_c, int batch) {
    return cublasGemmStridedBatchedEx(handle, transpose_a, transpose_b, m, n, k, alpha, a, F32, lda, stride_a, b, F32,
                                      ldb, stride_b, beta, c, F32, ldc, stride_c, batch, COMPUTE_32F, -1);
}
