// im2col and its gradient, for dense convolutions. Columns have the order `(taps, channels)`, so that vectors
// of channels are copied. Rows are padded with zeros to a length that suits tensor cores.

struct Im2colShape {
    int batch, height, width, channels, out_height, out_width, kernel, stride, pad_begin, row;
};

// Reorders `(out, channels, taps)` in f32 to `(out, row)` in `real`.
extern "C" __global__ void arrange(const float *w, int out, int channels, int taps, int row, real *to) {
    for (u32 i = here(); i < (u32)(out * row); i += step()) {
        int column = i % row, line = i / row, channel = column % channels, tap = column / channels;
        to[i] = down(tap < taps ? w[((size_t)line * channels + channel) * taps + tap] : 0.0f);
    }
}

// Adds a gradient in the order of `arrange` to one in the weights' order.
extern "C" __global__ void arrange_back(const float *from, int out, int channels, int taps, int row, float *gradient) {
    for (u32 i = here(); i < (u32)(out * channels * taps); i += step()) {
        int tap = i % taps, channel = i / taps % channels, line = i / taps / channels;
        gradient[i] += from[(size_t)line * row + tap * channels + channel];
    }
}

// im2col; zeros outside the image.
template <int V> static __device__ __forceinline__ void taps(const real *x, Im2colShape s, real *to) {
    u32 packs = s.row / V, count = (u32)s.batch * s.out_height * s.out_width * packs;
    int all = s.kernel * s.kernel;
    for (u32 i = here(); i < count; i += step()) {
        u32 rest = i / packs;
        int at = (int)(i % packs) * V, channel = at % s.channels, tap = at / s.channels;
        int column = rest % s.out_width;
        rest /= s.out_width;
        int row = rest % s.out_height, image = rest / s.out_height;
        int y = row * s.stride + tap / s.kernel - s.pad_begin, x_at = column * s.stride + tap % s.kernel - s.pad_begin;
        float values[V];
        zero<V>(values);
        if (tap < all && y >= 0 && y < s.height && x_at >= 0 && x_at < s.width)
            load<V>(x + (((size_t)image * s.height + y) * s.width + x_at) * s.channels + channel, values);
        store<V>(to + (size_t)i * V, values);
    }
}
KERNELS(taps, (const real *x, Im2colShape s, real *to), (x, s, to))

// col2im: each pixel sums the gradients of the im2col values copied from it. Added to `dx` if `add`.
template <int V> static __device__ __forceinline__ void col2im(const real *from, Im2colShape s, int add, real *dx) {
    u32 packs = s.channels / V, count = (u32)s.batch * s.height * s.width * packs;
    for (u32 i = here(); i < count; i += step()) {
        Pixel at = pixel(i, packs, s.height, s.width);
        int channel = at.pack * V;
        float sum[V];
        zero<V>(sum);
        if (add) load<V>(dx + (size_t)i * V, sum);
        for (int ky = 0; ky < s.kernel; ky++) {
            int y = at.row + s.pad_begin - ky;
            if (y < 0 || y % s.stride != 0 || y / s.stride >= s.out_height) continue;
            for (int kx = 0; kx < s.kernel; kx++) {
                int x = at.column + s.pad_begin - kx;
                if (x < 0 || x % s.stride != 0 || x / s.stride >= s.out_width) continue;
                size_t result = ((size_t)at.image * s.out_height + y / s.stride) * s.out_width + x / s.stride;
                float value[V];
                load<V>(from + result * s.row + (ky * s.kernel + kx) * s.channels + channel, value);
#pragma unroll
                for (int k = 0; k < V; k++) sum[k] += value[k];
            }
        }
        store<V>(dx + (size_t)i * V, sum);
    }
}
KERNELS(col2im, (const real *from, Im2colShape s, int add, real *dx), (from, s, add, dx))

// Nearest-neighbour upsampling by 2. `height` and `width` are those of `x`.
template <int V>
static __device__ __forceinline__ void upsample(const real *x, int batch, int height, int width, int channels, real *y) {
    u32 packs = channels / V, count = (u32)batch * height * width * 4 * packs;
    for (u32 i = here(); i < count; i += step()) {
        u32 rest = i / packs, pack = i % packs, column = rest % (2 * width);
        rest /= 2 * width;
        u32 row = rest % (2 * height), image = rest / (2 * height);
        size_t from = ((size_t)image * height + row / 2) * width + column / 2;
        float values[V];
        load<V>(x + (from * packs + pack) * V, values);
        store<V>(y + (size_t)i * V, values);
    }
}
KERNELS(upsample, (const real *x, int batch, int height, int width, int channels, real *y), (x, batch, height, width, channels, y))

// The backward pass of `upsample`: the sum over 2x2 pixels. Added to `dx` if `add`.
template <int V>
static __device__ __forceinline__ void upsample_gradient(const real *dy, int batch, int height, int width, int channels, int add, real *dx) {
    u32 packs = channels / V, count = (u32)batch * height * width * packs;
    for (u32 i = here(); i < count; i += step()) {
        u32 rest = i / packs, pack = i % packs, column = rest % width;
        rest /= width;
        float sum[V];
        zero<V>(sum);
        if (add) load<V>(dx + (size_t)i * V, sum);
        for (int corner = 0; corner < 4; corner++) {
            size_t from = ((size_t)rest * 2 + corner / 2) * 2 * width + 2 * column + corner % 2;
            float value[V];
            load<V>(dy + (from * packs + pack) * V, value);
#pragma unroll
            for (int k = 0; k < V; k++) sum[k] += value[k];
        }
        store<V>(dx + (size_t)i * V, sum);
    }
}
KERNELS(upsample_gradient, (const real *dy, int batch, int height, int width, int channels, int add, real *dx),
        (dy, batch, height, width, channels, add, dx))

// to += from.
template <int V> static __device__ __forceinline__ void add(const real *from, u32 packs, real *to) {
    for (u32 i = here(); i < packs; i += step()) {
        float a[V], b[V];
        load<V>(from + (size_t)i * V, a);
        load<V>(to + (size_t)i * V, b);
#pragma unroll
        for (int k = 0; k < V; k++) a[k] += b[k];
        store<V>(to + (size_t)i * V, a);
    }
}
KERNELS(add, (const real *from, u32 packs, real *to), (from, packs, to))
