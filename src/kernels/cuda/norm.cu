// Batch normalisation in training, with shortcut and activation; `norm.rs` of the CPU kernels has the
// formulas. Every sum has a fixed order, so that a run is reproducible. `line` holds mean, 1 / standard
// deviation, scale and shift of each channel.

// Two sums for each channel over each part of the rows, as `(parts, 2, channels)`.
template <int V>
static __device__ __forceinline__ void keep_sums(float (&a)[V], float (&b)[V], float *shared, int channels, float *partial) {
    float both[2 * V];
#pragma unroll
    for (int i = 0; i < V; i++) both[i] = a[i], both[V + i] = b[i];
    over_rows<2 * V>(both, shared);
    int channel = (blockIdx.x * blockDim.x + threadIdx.x) * V;
    if (threadIdx.y == 0 && channel < channels) {
        float *to = partial + (size_t)blockIdx.y * 2 * channels + channel;
#pragma unroll
        for (int i = 0; i < V; i++) to[i] = both[i], to[channels + i] = both[V + i];
    }
}

// Sums of `z` minus its first pixel, and of the square of that. The first pixel is near the mean, so that the
// variance is not the difference of two large numbers.
template <int V> static __device__ __forceinline__ void squares(const real *z, int rows, int channels, float *partial) {
    __shared__ float shared[2 * V * THREADS];
    int channel = (blockIdx.x * blockDim.x + threadIdx.x) * V;
    float first[V], sum[V], square[V];
    zero<V>(first), zero<V>(sum), zero<V>(square);
    if (channel < channels) {
        load<V>(z + channel, first);
        // Several loads in flight at once.
#pragma unroll 4
        for (int row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += gridDim.y * blockDim.y) {
            float value[V];
            load<V>(z + (size_t)row * channels + channel, value);
#pragma unroll
            for (int i = 0; i < V; i++) {
                float off = value[i] - first[i];
                sum[i] += off;
                square[i] = fmaf(off, off, square[i]);
            }
        }
    }
    keep_sums<V>(sum, square, shared, channels, partial);
}
KERNELS(squares, (const real *z, int rows, int channels, float *partial), (z, rows, channels, partial))

// The sums of all parts for one channel, in f64. Blocks of 32 channels by 32 parts.
static __device__ __forceinline__ void all_parts(const float *partial, int parts, int channels, int channel, double *sums) {
    __shared__ double shared[2][32][33];
    double a = 0.0, b = 0.0;
    if (channel < channels) {
#pragma unroll 4
        for (int part = threadIdx.y; part < parts; part += 32) {
            a += partial[(size_t)part * 2 * channels + channel];
            b += partial[(size_t)part * 2 * channels + channels + channel];
        }
    }
    shared[0][threadIdx.y][threadIdx.x] = a;
    shared[1][threadIdx.y][threadIdx.x] = b;
    __syncthreads();
    for (int half = 16; half > 0; half /= 2) {
        if (threadIdx.y < half) {
            shared[0][threadIdx.y][threadIdx.x] += shared[0][threadIdx.y + half][threadIdx.x];
            shared[1][threadIdx.y][threadIdx.x] += shared[1][threadIdx.y + half][threadIdx.x];
        }
        __syncthreads();
    }
    sums[0] = shared[0][0][threadIdx.x];
    sums[1] = shared[1][0][threadIdx.x];
}

// Mean and standard deviation of a batch, `line`, and the update of the running statistics.
extern "C" __global__ void statistics(const float *partial, int parts, const real *z, int rows, int channels, const float *gamma,
                                      const float *beta, float epsilon, float momentum, float *running_mean,
                                      float *running_variance, float *line) {
    int channel = blockIdx.x * 32 + threadIdx.x;
    double sums[2];
    all_parts(partial, parts, channels, channel, sums);
    if (threadIdx.y != 0 || channel >= channels) return;
    double off = sums[0] / rows;
    float mean = (float)(off + up(z[channel]));
    float variance = (float)(sums[1] / rows - off * off);
    variance = variance < 0.0f ? 0.0f : variance;
    float inverse = 1.0f / sqrtf(variance + epsilon), scale = inverse * gamma[channel];
    line[channel] = mean;
    line[channels + channel] = inverse;
    line[2 * channels + channel] = scale;
    line[3 * channels + channel] = beta[channel] - mean * scale;
    // The running variance is the unbiased one: it estimates the variance of the population.
    float unbiased = variance * (float)((double)rows / fmax(rows - 1.0, 1.0));
    running_mean[channel] += momentum * (mean - running_mean[channel]);
    running_variance[channel] += momentum * (unbiased - running_variance[channel]);
}

// `line` from running statistics, for inference.
extern "C" __global__ void known_line(const float *gamma, const float *beta, const float *mean, const float *variance, float epsilon,
                                      int channels, float *line) {
    int channel = here();
    if (channel >= channels) return;
    float inverse = 1.0f / sqrtf(variance[channel] + epsilon), scale = inverse * gamma[channel];
    line[channel] = mean[channel];
    line[channels + channel] = inverse;
    line[2 * channels + channel] = scale;
    line[3 * channels + channel] = beta[channel] - mean[channel] * scale;
}

// y = activation(scale * z + shift + add). `add` may be null, or y itself.
template <int V>
static __device__ __forceinline__ void normalise(const real *z, const float *line, const real *add, float low, float high, u32 packs,
                                                 int channels, real *y) {
    for (u32 i = here(); i < packs; i += step()) {
        int channel = (int)(i % (u32)(channels / V)) * V;
        float value[V], scale[V], shift[V];
        load<V>(z + (size_t)i * V, value);
        load_floats<V>(line + 2 * channels + channel, scale);
        load_floats<V>(line + 3 * channels + channel, shift);
#pragma unroll
        for (int j = 0; j < V; j++) value[j] = fmaf(value[j], scale[j], shift[j]);
        if (add) {
            float more[V];
            load<V>(add + (size_t)i * V, more);
#pragma unroll
            for (int j = 0; j < V; j++) value[j] += more[j];
        }
        if (is_bounded(low, high)) {
#pragma unroll
            for (int j = 0; j < V; j++) {
                // Comparisons instead of fmaxf and fminf, which would replace NaN by a number and hide that
                // training failed.
                float v = value[j] < low ? low : value[j];
                value[j] = v > high ? high : v;
            }
        }
        store<V>(y + (size_t)i * V, value);
    }
}
KERNELS(normalise, (const real *z, const float *line, const real *add, float low, float high, u32 packs, int channels, real *y),
        (z, line, add, low, high, packs, channels, y))

// The gradient before the activation: `dy`, or 0 where the activation clipped. Without `y`, its value is
// recomputed.
template <int V>
static __device__ __forceinline__ void through(const real *dy, const real *y, const float (&z)[V], const float *line, int channel,
                                               int channels, float low, float high, float (&g)[V]) {
    load<V>(dy, g);
    if (!is_bounded(low, high)) return;
    float value[V];
    if (y) {
        load<V>(y, value);
    } else {
        float scale[V], shift[V];
        load_floats<V>(line + 2 * channels + channel, scale);
        load_floats<V>(line + 3 * channels + channel, shift);
#pragma unroll
        for (int i = 0; i < V; i++) value[i] = fmaf(z[i], scale[i], shift[i]);
    }
#pragma unroll
    for (int i = 0; i < V; i++) g[i] = value[i] <= low || value[i] >= high ? 0.0f : g[i];
}

// Sums of g, and of g times the normalised value.
template <int V>
static __device__ __forceinline__ void products(const real *dy, const real *y, const real *z, const float *line, float low, float high,
                                                int rows, int channels, float *partial) {
    __shared__ float shared[2 * V * THREADS];
    int channel = (blockIdx.x * blockDim.x + threadIdx.x) * V;
    float sum[V], product[V];
    zero<V>(sum), zero<V>(product);
    if (channel < channels) {
        float mean[V], inverse[V];
        load_floats<V>(line + channel, mean);
        load_floats<V>(line + channels + channel, inverse);
        // Several loads in flight at once.
#pragma unroll 4
        for (int row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += gridDim.y * blockDim.y) {
            size_t at = (size_t)row * channels + channel;
            float value[V], g[V];
            load<V>(z + at, value);
            through<V>(dy + at, y ? y + at : y, value, line, channel, channels, low, high, g);
#pragma unroll
            for (int i = 0; i < V; i++) {
                sum[i] += g[i];
                product[i] = fmaf(g[i], (value[i] - mean[i]) * inverse[i], product[i]);
            }
        }
    }
    keep_sums<V>(sum, product, shared, channels, partial);
}
KERNELS(products,
        (const real *dy, const real *y, const real *z, const float *line, float low, float high, int rows, int channels, float *partial),
        (dy, y, z, line, low, high, rows, channels, partial))

// Adds to the gradients of gamma and beta, and writes a, b and c of each channel for dz = a * g + b * z + c.
extern "C" __global__ void gradient_line(const float *partial, int parts, int rows, int channels, const float *gamma, const float *line,
                                         float *dgamma, float *dbeta, float *descent) {
    int channel = blockIdx.x * 32 + threadIdx.x;
    double sums[2];
    all_parts(partial, parts, channels, channel, sums);
    if (threadIdx.y != 0 || channel >= channels) return;
    dbeta[channel] += (float)sums[0];
    dgamma[channel] += (float)sums[1];
    float inverse = line[channels + channel], a = gamma[channel] * inverse;
    float b = -a * inverse * (float)(sums[1] / rows);
    descent[channel] = a;
    descent[channels + channel] = b;
    descent[2 * channels + channel] = -a * (float)(sums[0] / rows) - b * line[channel];
}

// dz = a * g + b * z + c. If `keep`, g replaces dy, because it is the shortcut's gradient too. dz may be dy.
template <int V>
static __device__ __forceinline__ void descend(real *dy, const real *y, const real *z, const float *line, const float *descent,
                                               float low, float high, int keep, u32 packs, int channels, real *dz) {
    for (u32 i = here(); i < packs; i += step()) {
        int channel = (int)(i % (u32)(channels / V)) * V;
        size_t at = (size_t)i * V;
        float value[V], g[V], a[V], b[V], c[V];
        load<V>(z + at, value);
        through<V>(dy + at, y ? y + at : y, value, line, channel, channels, low, high, g);
        load_floats<V>(descent + channel, a);
        load_floats<V>(descent + channels + channel, b);
        load_floats<V>(descent + 2 * channels + channel, c);
        if (keep) store<V>(dy + at, g);
#pragma unroll
        for (int j = 0; j < V; j++) g[j] = fmaf(a[j], g[j], fmaf(b[j], value[j], c[j]));
        store<V>(dz + at, g);
    }
}
KERNELS(descend,
        (real * dy, const real *y, const real *z, const float *line, const float *descent, float low, float high, int keep, u32 packs,
         int channels, real *dz),
        (dy, y, z, line, descent, low, high, keep, packs, channels, dz))
