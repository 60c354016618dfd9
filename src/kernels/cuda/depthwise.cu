// Depthwise convolutions and their gradients. Values are `(batch, height, width, channels)`. Weights are
// `(taps, channels)`, f32, so that neighbouring threads read neighbouring weights.

struct Shape {
    int batch, height, width, channels, out_height, out_width, pad_begin;
};

// Reorders `(channels, taps)` to `(taps, channels)`, as they are and rotated by 180 degrees.
extern "C" __global__ void spread(const float *w, int channels, int taps, float *to, float *turned) {
    for (u32 i = here(); i < (u32)(channels * taps); i += step()) {
        int tap = i / channels, channel = i % channels;
        float weight = w[channel * taps + tap];
        to[i] = weight;
        turned[(taps - 1 - tap) * channels + channel] = weight;
    }
}

// Each thread computes a strip of neighbouring outputs, so that a pixel is loaded once for all of them.
template <int K, int STRIDE, int V>
static __device__ __forceinline__ void depthwise(const real *x, const float *w, Shape s, int add, real *y) {
    const int STRIP = 4 / STRIDE, READ = (STRIP - 1) * STRIDE + K;
    u32 packs = s.channels / V, strips = (s.out_width + STRIP - 1) / STRIP;
    u32 count = (u32)s.batch * s.out_height * strips * packs;
    for (u32 i = here(); i < count; i += step()) {
        int channel = (int)(i % packs) * V;
        u32 rest = i / packs;
        int first = (int)(rest % strips) * STRIP;
        rest /= strips;
        int row = rest % s.out_height, image = rest / s.out_height;
        float sum[STRIP][V];
#pragma unroll
        for (int j = 0; j < STRIP; j++) zero<V>(sum[j]);
#pragma unroll
        for (int ky = 0; ky < K; ky++) {
            int at = row * STRIDE + ky - s.pad_begin;
            if (at < 0 || at >= s.height) continue;
            const real *line = x + ((size_t)image * s.height + at) * s.width * s.channels + channel;
            float weights[K][V];
#pragma unroll
            for (int kx = 0; kx < K; kx++) load_floats<V>(w + (ky * K + kx) * s.channels + channel, weights[kx]);
#pragma unroll
            for (int column = 0; column < READ; column++) {
                int from = first * STRIDE - s.pad_begin + column;
                if (from < 0 || from >= s.width) continue;
                float value[V];
                load<V>(line + (size_t)from * s.channels, value);
#pragma unroll
                for (int j = 0; j < STRIP; j++) {
                    const int kx = column - j * STRIDE;
                    if (kx < 0 || kx >= K) continue;
#pragma unroll
                    for (int k = 0; k < V; k++) sum[j][k] = fmaf(value[k], weights[kx][k], sum[j][k]);
                }
            }
        }
#pragma unroll
        for (int j = 0; j < STRIP; j++) {
            if (first + j >= s.out_width) continue;
            real *to = y + (((size_t)image * s.out_height + row) * s.out_width + first + j) * s.channels + channel;
            if (add) {
                float before[V];
                load<V>(to, before);
#pragma unroll
                for (int k = 0; k < V; k++) sum[j][k] += before[k];
            }
            store<V>(to, sum[j]);
        }
    }
}

// The gradient of the input for other strides than 1: each pixel sums over the outputs that used it.
template <int K, int STRIDE, int V>
static __device__ __forceinline__ void depthwise_image(const real *dy, const float *w, Shape s, int add, real *dx) {
    u32 packs = s.channels / V, count = (u32)s.batch * s.height * s.width * packs;
    for (u32 i = here(); i < count; i += step()) {
        Pixel at = pixel(i, packs, s.height, s.width);
        int channel = at.pack * V;
        float sum[V];
        zero<V>(sum);
        if (add) load<V>(dx + (size_t)i * V, sum);
#pragma unroll
        for (int ky = 0; ky < K; ky++) {
            int below = at.row + s.pad_begin - ky;
            if (below < 0 || below % STRIDE != 0 || below / STRIDE >= s.out_height) continue;
            const real *line = dy + ((size_t)at.image * s.out_height + below / STRIDE) * s.out_width * s.channels + channel;
#pragma unroll
            for (int kx = 0; kx < K; kx++) {
                int right = at.column + s.pad_begin - kx;
                if (right < 0 || right % STRIDE != 0 || right / STRIDE >= s.out_width) continue;
                float value[V], weight[V];
                load<V>(line + (size_t)(right / STRIDE) * s.channels, value);
                load_floats<V>(w + (ky * K + kx) * s.channels + channel, weight);
#pragma unroll
                for (int k = 0; k < V; k++) sum[k] = fmaf(value[k], weight[k], sum[k]);
            }
        }
        store<V>(dx + (size_t)i * V, sum);
    }
}

// The gradient of one row of the kernel over a part of the output rows, as `(parts, taps, channels)`. The
// blocks of all kernel rows are neighbours in the grid, so that they run together and share pixels in the
// cache.
template <int K, int STRIDE, int V>
static __device__ __forceinline__ void depthwise_weights(const real *x, const real *dy, Shape s, float *partial) {
    __shared__ float shared[K * V * THREADS];
    int channel = (blockIdx.x / K * blockDim.x + threadIdx.x) * V, ky = blockIdx.x % K;
    float sum[K * V];
    zero<K * V>(sum);
    int rows = channel < s.channels ? s.batch * s.out_height : 0;
    for (int line = blockIdx.y * blockDim.y + threadIdx.y; line < rows; line += gridDim.y * blockDim.y) {
        int image = line / s.out_height, at = line % s.out_height * STRIDE + ky - s.pad_begin;
        if (at < 0 || at >= s.height) continue;
        const real *from = x + ((size_t)image * s.height + at) * s.width * s.channels + channel;
        const real *slope = dy + (size_t)line * s.out_width * s.channels + channel;
        // A sliding window: each pixel is loaded once.
        float window[K][V];
#pragma unroll
        for (int kx = 0; kx < K; kx++) {
            int column = kx - s.pad_begin - STRIDE;
            zero<V>(window[kx]);
            if (column >= 0 && column < s.width) load<V>(from + (size_t)column * s.channels, window[kx]);
        }
        for (int right = 0; right < s.out_width; right++) {
#pragma unroll
            for (int kx = 0; kx < K; kx++) {
                if (kx + STRIDE < K) {
#pragma unroll
                    for (int k = 0; k < V; k++) window[kx][k] = window[kx + STRIDE][k];
                } else {
                    int column = right * STRIDE + kx - s.pad_begin;
                    zero<V>(window[kx]);
                    if (column >= 0 && column < s.width) load<V>(from + (size_t)column * s.channels, window[kx]);
                }
            }
            float g[V];
            load<V>(slope + (size_t)right * s.channels, g);
#pragma unroll
            for (int kx = 0; kx < K; kx++) {
#pragma unroll
                for (int k = 0; k < V; k++) sum[kx * V + k] = fmaf(g[k], window[kx][k], sum[kx * V + k]);
            }
        }
    }
    over_rows<K * V>(sum, shared);
    if (threadIdx.y == 0 && channel < s.channels) {
#pragma unroll
        for (int kx = 0; kx < K; kx++) {
            float *to = partial + ((size_t)blockIdx.y * K * K + ky * K + kx) * s.channels + channel;
#pragma unroll
            for (int k = 0; k < V; k++) to[k] = sum[kx * V + k];
        }
    }
}

// Adds the sums of all parts to the gradient, `(channels, taps)`. Blocks of 32 weights by 32 parts.
extern "C" __global__ void depthwise_sum(const float *partial, int parts, int channels, int taps, float *gradient) {
    __shared__ float shared[32][33];
    int count = channels * taps, at = blockIdx.x * 32 + threadIdx.x;
    float sum = 0.0f;
    if (at < count) {
#pragma unroll 4
        for (int part = threadIdx.y; part < parts; part += 32) sum += partial[(size_t)part * count + at];
    }
    shared[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    for (int half = 16; half > 0; half /= 2) {
        if (threadIdx.y < half) shared[threadIdx.y][threadIdx.x] += shared[threadIdx.y + half][threadIdx.x];
        __syncthreads();
    }
    if (threadIdx.y == 0 && at < count) gradient[at % channels * taps + at / channels] += shared[0][threadIdx.x];
}

#define DEPTHWISE(k, stride)                                                                                                      \
    template <int V> static __device__ __forceinline__ void depthwise_##k##_##stride(const real *x, const float *w, Shape s, int add, real *y) { \
        depthwise<k, stride, V>(x, w, s, add, y);                                                                                 \
    }                                                                                                                             \
    template <int V> static __device__ __forceinline__ void depthwise_weights_##k##_##stride(const real *x, const real *dy, Shape s, float *p) { \
        depthwise_weights<k, stride, V>(x, dy, s, p);                                                                             \
    }                                                                                                                             \
    KERNELS(depthwise_##k##_##stride, (const real *x, const float *w, Shape s, int add, real *y), (x, w, s, add, y))               \
    KERNELS(depthwise_weights_##k##_##stride, (const real *x, const real *dy, Shape s, float *p), (x, dy, s, p))

#define DEPTHWISE_IMAGE(k, stride)                                                                                                \
    template <int V> static __device__ __forceinline__ void depthwise_image_##k##_##stride(const real *dy, const float *w, Shape s, int add, real *dx) { \
        depthwise_image<k, stride, V>(dy, w, s, add, dx);                                                                         \
    }                                                                                                                             \
    KERNELS(depthwise_image_##k##_##stride, (const real *dy, const float *w, Shape s, int add, real *dx), (dy, w, s, add, dx))

DEPTHWISE(3, 1)
DEPTHWISE(3, 2)
DEPTHWISE(5, 1)
DEPTHWISE(5, 2)
DEPTHWISE_IMAGE(3, 2)
DEPTHWISE_IMAGE(5, 2)
