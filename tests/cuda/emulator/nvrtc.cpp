// The emulated NVRTC: g++ compiles the kernels' text into a library for the processor, and the "PTX" is its path. A library
// stays beside this one, so that the same text is compiled once.
#include "emulator.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

static const char SHIM[] =
#include "shim.inc"
    ;

// The only PTX in the kernels, and what the shim has for it.
static const std::string PTX = R"(asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(b), "f"(a));)";
static const std::string CALL = "pair = cvt_rn_bf16x2_f32(b, a);";

// Without the shim, `__global__` is left as it is, so that the preprocessed text shows which kernels there are.
static const std::string LIST = "g++ -E -P DEFINITIONS kernels.cpp | grep -o '__global__ void [A-Za-z0-9_]*' |"
                                " sed 's/.* \\(.*\\)/KERNEL(\\1)/' > list.h";
static const std::string COMPILE =
    "printf '#include \"%s\"\\n' shim.h kernels.cpp list.h > all.cpp && g++ -std=c++17 -w DEFINITIONS -O2 -march=native"
    " -ffp-contract=off -fno-math-errno -fno-strict-aliasing -fno-exceptions -fno-rtti -fvisibility=hidden"
    " -fPIC -shared all.cpp -o built.so";

enum nvrtcResult { NVRTC_SUCCESS = 0, NVRTC_ERROR_COMPILATION = 6 };

struct Program {
    std::string source, log, image;
};

static void replace(std::string& text, const std::string& from, const std::string& to) {
    size_t at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
}

static std::string own_folder() {
    Dl_info info;
    dladdr(SHIM, &info);
    std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/'));
}

EXPORT nvrtcResult nvrtcCreateProgram(Program** program, const char* source, const char*, int, const char* const*,
                                      const char* const*) {
    *program = new Program{source, "", ""};
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcDestroyProgram(Program** program) {
    delete *program;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcCompileProgram(Program* program, int count, const char* const* options) {
    std::string definitions, list = LIST, compile = COMPILE, text = program->source;
    for (int i = 0; i < count; i++) {
        if (!strncmp(options[i], "-D", 2)) definitions += options[i] + std::string(" ");
    }
    replace(list, "DEFINITIONS", definitions);
    replace(compile, "DEFINITIONS", definitions);
    replace(text, PTX, CALL);
    if (text.find("asm") != std::string::npos) {
        program->log = "the emulated GPU knows no other PTX than " + PTX;
        return NVRTC_ERROR_COMPILATION;
    }
    size_t hash = std::hash<std::string>()(SHIM + list + compile + text);
    std::string library = own_folder() + "/kernels-" + std::to_string(hash) + ".so";
    if (access(library.c_str(), R_OK)) {
        // Another process may build the same at the same time; either result will do.
        std::string folder = own_folder() + "/build-XXXXXX";
        if (!mkdtemp(folder.data())) return NVRTC_ERROR_COMPILATION;
        std::ofstream(folder + "/shim.h") << SHIM;
        std::ofstream(folder + "/kernels.cpp") << text;
        std::string run = "cd '" + folder + "' && { " + list + " && " + compile + " && mv built.so '" + library + "'; } 2> log";
        bool built = system(run.c_str()) == 0;
        std::ifstream log(folder + "/log");
        program->log.assign(std::istreambuf_iterator<char>(log), {});
        if (system(("rm -r '" + folder + "'").c_str()) || !built) return NVRTC_ERROR_COMPILATION;
    }
    program->image = library;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetPTXSize(Program* program, size_t* size) {
    *size = program->image.size() + 1;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetPTX(Program* program, char* text) {
    strcpy(text, program->image.c_str());
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetProgramLogSize(Program* program, size_t* size) {
    *size = program->log.size() + 1;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetProgramLog(Program* program, char* text) {
    strcpy(text, program->log.c_str());
    return NVRTC_SUCCESS;
}
