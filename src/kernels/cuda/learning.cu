// The optimiser step, the moving average of the weights, and loss scaling for f16. All weights lie in one
// buffer, and so do their moments.

#define RATE 0        // the learning rate
#define DECAY 1       // the learning rate times the weight decay
#define CORRECTION1 2 // 1 - beta1 to the number of the step
#define CORRECTION2 3
#define NEARER 7      // how much of the way the average goes towards the weights

// `state`: the loss scale, steps since it changed, and 1 if the last gradient was not finite.
#define GOOD_STEPS 1
#define OVERFLOW 2

// Marks the state if the gradient has a value that is not finite. All threads that write, write the same
// value.
extern "C" __global__ void check(const float *gradient, u32 count, float *state) {
    for (u32 i = here(); i < count; i += step()) {
        if (!(fabsf(gradient[i]) < 3.0e38f)) state[OVERFLOW] = 1.0f;
    }
}

// AdamW as in `learn::AdamW`. `decays`: 1 if weight decay applies. Clears the gradient.
extern "C" __global__ void adamw(float *gradient, const float *knobs, const float *state, const u8 *decays, u32 count, float *w,
                                 float *first, float *second) {
    const float BETA1 = 0.9f, BETA2 = 0.999f, EPSILON = 1e-8f;
    for (u32 i = here(); i < count; i += step()) {
        float g = gradient[i] / state[LOSS_SCALE];
        gradient[i] = 0.0f;
        if (state[OVERFLOW] != 0.0f) continue;
        float m = BETA1 * first[i] + (1.0f - BETA1) * g;
        float v = BETA2 * second[i] + (1.0f - BETA2) * g * g;
        first[i] = m, second[i] = v;
        float direction = (m / knobs[CORRECTION1]) / (sqrtf(v / knobs[CORRECTION2]) + EPSILON);
        w[i] -= knobs[RATE] * direction + (decays[i] ? knobs[DECAY] * w[i] : 0.0f);
    }
}

// Updates the moving average of the weights.
extern "C" __global__ void follow(const float *w, const float *knobs, u32 count, float *average) {
    for (u32 i = here(); i < count; i += step()) average[i] += knobs[NEARER] * (w[i] - average[i]);
}

// Writes the step's loss. Lowers the loss scale after a gradient that was not finite, and raises it after
// 2000 finite ones. One thread.
extern "C" __global__ void report(float *loss, float *state, int scales, float *told) {
    told[0] = *loss;
    told[1] = state[OVERFLOW];
    *loss = 0.0f;
    if (!scales) return;
    if (state[OVERFLOW] != 0.0f) {
        state[LOSS_SCALE] = fmaxf(state[LOSS_SCALE] / 2.0f, 1.0f);
        state[GOOD_STEPS] = 0.0f;
    } else if (++state[GOOD_STEPS] >= 2000.0f) {
        state[LOSS_SCALE] = fminf(state[LOSS_SCALE] * 2.0f, 65536.0f);
        state[GOOD_STEPS] = 0.0f;
    }
    state[OVERFLOW] = 0.0f;
}
