// From the feature map to the loss and back. The head and both losses are computed in f32. `knobs` change
// from step to step; they are read from memory, so that a recorded step can be replayed (see `learning.cu`).

#define SHARE 4        // 1 / the targets' weight in the whole batch
#define IMAGES 5       // 1 / images of the whole batch
#define OUTLINE 6      // what the outline's loss counts

// Sum over a block, returned to every thread. `shared`: one float for each thread. Block sizes are powers of
// two.
static __device__ __forceinline__ float over_block(float value, float *shared) {
    shared[threadIdx.x] = value;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
        __syncthreads();
    }
    float sum = shared[0];
    __syncthreads();
    return sum;
}

// Global average pooling, `(batch, channels)`.
extern "C" __global__ void pool(const real *x, int batch, int pixels, int channels, float *pooled) {
    for (u32 i = here(); i < (u32)(batch * channels); i += step()) {
        int channel = i % channels, image = i / channels;
        float sum = 0.0f;
        for (int pixel = 0; pixel < pixels; pixel++) sum += up(x[((size_t)image * pixels + pixel) * channels + channel]);
        pooled[i] = sum / pixels;
    }
}

// The linear layer. One block for each logit.
extern "C" __global__ void logits(const float *pooled, const float *w, const float *bias, int channels, int classes, float *to) {
    __shared__ float shared[THREADS];
    int answer = blockIdx.x % classes, image = blockIdx.x / classes;
    float sum = 0.0f;
    for (int c = threadIdx.x; c < channels; c += blockDim.x)
        sum = fmaf(pooled[(size_t)image * channels + c], w[(size_t)answer * channels + c], sum);
    sum = over_block(sum, shared);
    if (threadIdx.x == 0) to[blockIdx.x] = sum + bias[answer];
}

// Weighted cross-entropy and its gradient. One thread for each image.
extern "C" __global__ void cross_entropy(const float *logits, const float *targets, int batch, int classes, const float *knobs,
                                         float *losses, float *slopes) {
    int image = here();
    if (image >= batch) return;
    const float *x = logits + (size_t)image * classes, *t = targets + (size_t)image * classes;
    float most = x[0], sum = 0.0f, loss = 0.0f, weight = 0.0f;
    for (int i = 1; i < classes; i++) most = fmaxf(most, x[i]);
    for (int i = 0; i < classes; i++) sum += expf(x[i] - most);
    float log_sum = logf(sum);
    for (int i = 0; i < classes; i++) {
        loss -= t[i] * (x[i] - most - log_sum);
        weight += t[i];
    }
    losses[image] = loss * knobs[SHARE];
    for (int i = 0; i < classes; i++) {
        float p = expf(x[i] - most) / sum;
        slopes[(size_t)image * classes + i] = (p * weight - t[i]) * knobs[SHARE];
    }
}

// Adds to the gradients of the head's weights and biases. One thread for each weight; column `channels` is
// the bias.
extern "C" __global__ void head_weights(const float *slopes, const float *pooled, int batch, int channels, int classes, float *dw,
                                        float *dbias) {
    for (u32 i = here(); i < (u32)(classes * (channels + 1)); i += step()) {
        int column = i % (channels + 1), answer = i / (channels + 1);
        float sum = 0.0f;
        for (int image = 0; image < batch; image++) {
            float value = column < channels ? pooled[(size_t)image * channels + column] : 1.0f;
            sum = fmaf(slopes[(size_t)image * classes + answer], value, sum);
        }
        if (column < channels) dw[(size_t)answer * channels + column] += sum;
        else dbias[answer] += sum;
    }
}

// The gradient of the feature map.
extern "C" __global__ void pool_back(const float *slopes, const float *w, int batch, int pixels, int channels, int classes, real *dx) {
    for (u32 i = here(); i < (u32)(batch * channels); i += step()) {
        int channel = i % channels, image = i / channels;
        float sum = 0.0f;
        for (int answer = 0; answer < classes; answer++)
            sum = fmaf(slopes[(size_t)image * classes + answer], w[(size_t)answer * channels + channel], sum);
        real value = down(sum / pixels);
        for (int pixel = 0; pixel < pixels; pixel++) dx[((size_t)image * pixels + pixel) * channels + channel] = value;
    }
}

// The outline's loss of one image (mean cross-entropy of its pixels, plus 1 - Dice coefficient), added to its
// loss, and the gradient. One block for each image makes both passes.
extern "C" __global__ void outline(const real *logits, const float *masks, int pixels, const float *knobs, float *losses,
                                   real *slopes) {
    __shared__ float shared[THREADS];
    const real *x = logits + (size_t)blockIdx.x * pixels;
    const float *m = masks + (size_t)blockIdx.x * pixels;
    float entropy = 0.0f, common = 0.0f, both = 0.0f;
    for (int i = threadIdx.x; i < pixels; i += blockDim.x) {
        float v = up(x[i]), inside = 1.0f / (1.0f + expf(-v));
        entropy += logf(1.0f + expf(-fabsf(v))) + fmaxf(v, 0.0f) - v * m[i];
        common += inside * m[i];
        both += inside + m[i];
    }
    entropy = over_block(entropy, shared);
    common = 2.0f * over_block(common, shared) + 1.0f;
    both = over_block(both, shared) + 1.0f;
    float share = knobs[OUTLINE] * knobs[IMAGES];
    if (threadIdx.x == 0) losses[blockIdx.x] += share * (entropy / pixels + 1.0f - common / both);
    for (int i = threadIdx.x; i < pixels; i += blockDim.x) {
        float inside = 1.0f / (1.0f + expf(-up(x[i])));
        float of_dice = (2.0f * m[i] * both - common) / (both * both) * inside * (1.0f - inside);
        float slope = share * ((inside - m[i]) / pixels - of_dice);
        slopes[(size_t)blockIdx.x * pixels + i] = down(slope);
    }
}

// Adds a batch's losses in a fixed order. One block.
extern "C" __global__ void total(const float *losses, int batch, float *sum) {
    __shared__ float shared[THREADS];
    float own = 0.0f;
    for (int i = threadIdx.x; i < batch; i += blockDim.x) own += losses[i];
    own = over_block(own, shared);
    if (threadIdx.x == 0) *sum += own;
}
