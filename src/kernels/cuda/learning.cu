// The optimiser step and the moving average of the weights. All weights lie in one buffer, and so do their
// moments.

#define RATE 0        // the learning rate
#define DECAY 1       // the learning rate times the weight decay
#define CORRECTION1 2 // 1 - beta1 to the number of the step
#define CORRECTION2 3
#define NEARER 7      // how much of the way the average goes towards the weights

// AdamW as in `learn::AdamW`. `decays`: 1 if weight decay applies. Clears the gradient.
extern "C" __global__ void adamw(float *gradient, const float *knobs, const u8 *decays, u32 count, float *w, float *first,
                                 float *second) {
    const float BETA1 = 0.9f, BETA2 = 0.999f, EPSILON = 1e-8f;
    for (u32 i = here(); i < count; i += step()) {
        float g = gradient[i];
        gradient[i] = 0.0f;
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

// Hands over the step's loss, and clears it. One thread.
extern "C" __global__ void report(float *loss, float *told) {
    *told = *loss;
    *loss = 0.0f;
}
