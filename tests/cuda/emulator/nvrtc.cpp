// The emulated NVRTC: kernels are compiled for the host by g++ into a shared library, and the "PTX"
// that comes of it is the path of that library.
#include "emulator.h"

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

// The texts that stand before each file of kernels are part of this library.
asm(R"(
.section .rodata
.global emulated_shim_start
.hidden emulated_shim_start
emulated_shim_start:
.incbin "kernel.h"
.incbin "shim.h"
.byte 0
.text
)");
extern "C" const char emulated_shim_start[];

enum nvrtcResult { NVRTC_SUCCESS = 0, NVRTC_ERROR_INVALID_INPUT = 3, NVRTC_ERROR_INVALID_PROGRAM = 4,
                   NVRTC_ERROR_COMPILATION = 6, NVRTC_ERROR_INTERNAL_ERROR = 11 };

struct Program {
    std::string source, name, log, image;
    std::vector<std::pair<std::string, std::string>> headers;
};

static std::string read(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

static std::string quoted(const std::string& text) {
    std::string result = "'";
    for (char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// Words, strings and single characters, without the lines of the preprocessor.
static std::vector<std::string> tokens_of(const std::string& text) {
    std::vector<std::string> tokens;
    bool line_start = true;
    for (size_t i = 0; i < text.size();) {
        char c = text[i];
        size_t start = i;
        if (c == '\n') {
            line_start = true;
            i++;
            continue;
        }
        if (isspace((unsigned char)c)) {
            i++;
            continue;
        }
        if (c == '#' && line_start) {
            while (i < text.size() && text[i] != '\n') i++;
            continue;
        }
        line_start = false;
        if (isalnum((unsigned char)c) || c == '_') {
            while (i < text.size() && (isalnum((unsigned char)text[i]) || text[i] == '_')) i++;
        } else if (c == '"' || c == '\'') {
            for (i++; i < text.size() && text[i] != c; i++) i += text[i] == '\\';
            i++;
        } else {
            i++;
        }
        tokens.push_back(text.substr(start, i - start));
    }
    return tokens;
}

static bool is_word(const std::string& token) { return isalpha((unsigned char)token[0]) || token[0] == '_'; }

// A function or type at the top of the file: which words its body has.
struct Definition {
    std::set<std::string> words;
    bool kernel = false;
};

static bool has(const std::vector<std::string>& tokens, const char* token) {
    for (const std::string& one : tokens) {
        if (one == token) return true;
    }
    return false;
}

// The word before the first parenthesis of a function's head, or the word after `struct`.
static std::string name_of(const std::vector<std::string>& head) {
    int depth = 0;
    for (size_t i = 0; i < head.size(); i++) {
        if (head[i] == "(") {
            const std::string before = i > 0 ? head[i - 1] : "";
            if (depth == 0 && !before.empty() && is_word(before) && before != "__attribute__" && before != "alignas" &&
                before != "decltype")
                return before;
            depth++;
        }
        if (head[i] == ")") depth--;
    }
    for (size_t i = 0; i + 1 < head.size(); i++) {
        if (head[i] == "struct" || head[i] == "class" || head[i] == "union") return head[i + 1];
    }
    return "";
}

static std::map<std::string, Definition> definitions_of(const std::vector<std::string>& tokens) {
    std::map<std::string, Definition> definitions;
    std::vector<std::string> head;
    std::vector<bool> scopes; // For each open scope that definitions stand in, whether it is `extern "C"`.
    for (size_t i = 0; i < tokens.size(); i++) {
        if (tokens[i] == ";") {
            head.clear();
        } else if (tokens[i] == "}") {
            if (!scopes.empty()) scopes.pop_back();
            head.clear();
        } else if (tokens[i] != "{") {
            head.push_back(tokens[i]);
        } else {
            bool c_scope = !head.empty() && head.back() == "\"C\"";
            if (c_scope || has(head, "namespace")) {
                scopes.push_back(c_scope);
                head.clear();
                continue;
            }
            Definition& definition = definitions[name_of(head)];
            bool c_name = has(head, "\"C\"") || (!scopes.empty() && scopes.back());
            if (has(head, "__global__") && c_name && !has(head, "template")) definition.kernel = true;
            int depth = 0;
            for (; i < tokens.size(); i++) {
                depth += tokens[i] == "{";
                depth -= tokens[i] == "}";
                if (is_word(tokens[i])) definition.words.insert(tokens[i]);
                if (depth == 0) break;
            }
            head.clear();
        }
    }
    return definitions;
}

static bool is_barrier(const std::string& word) {
    return word.rfind("__sync", 0) == 0 || word.rfind("__shfl", 0) == 0 || word == "__ballot_sync" ||
           word == "__any_sync" || word == "__all_sync";
}

// Whether the threads wait for each other anywhere a definition leads to.
static bool waits(const std::map<std::string, Definition>& definitions, const std::string& name,
                  std::set<std::string>& seen) {
    auto found = definitions.find(name);
    if (found == definitions.end() || !seen.insert(name).second) return false;
    for (const std::string& word : found->second.words) {
        if (is_barrier(word) || waits(definitions, word, seen)) return true;
    }
    return false;
}

// What stands after the kernels: for each, the ways in by which the emulator calls it.
static std::string entries(const std::string& text) {
    auto definitions = definitions_of(tokens_of(text));
    std::string result = "\n";
    for (auto& [name, definition] : definitions) {
        if (!definition.kernel) continue;
        std::set<std::string> seen;
        std::string calls = "EmulatedCalls<&" + name + ">";
        result += "extern \"C\" { extern const EmulatedKernel " + name + "__kernel; const EmulatedKernel " + name +
                  "__kernel = {" + calls + "::call, " + calls + "::grid, " + calls + "::sizes, " +
                  (waits(definitions, name, seen) ? "true" : "false") + "}; }\n";
    }
    return result;
}

static uint64_t hash(const std::string& text) {
    uint64_t value = 0xcbf29ce484222325;
    for (unsigned char c : text) value = (value ^ c) * 0x100000001b3;
    return value;
}

static std::string cache_folder() {
    const char* temporary = getenv("TMPDIR");
    std::string folder = std::string(temporary && *temporary ? temporary : "/tmp") + "/emulated-cuda-" +
                         std::to_string(getuid());
    if (mkdir(folder.c_str(), 0700) && errno != EEXIST) return "";
    return folder;
}

// `extern __shared__ T name[];` has no counterpart in C++; the kernel asks for the memory instead.
static std::string with_dynamic_shared(const std::string& source) {
    static const std::regex pattern(
        R"(extern\s+__shared__\s+(?:__align__\s*\(\s*\d+\s*\)\s*)?([\w:]+(?:\s+[\w:]+)*)\s+(\w+)\s*\[\s*\]\s*;)");
    return std::regex_replace(source, pattern, "$1* $2 = static_cast<$1*>(emulated_hooks->shared());");
}

static const char COMPILER[] = "g++ -std=c++17 -w";
static const char CODE[] = " -O2 -march=native -ffp-contract=off -fno-math-errno -fno-strict-aliasing -fno-exceptions"
                           " -fno-rtti -fno-semantic-interposition -Wl,-Bsymbolic -fPIC -shared -D__global__= ";

static nvrtcResult compile(Program& program, const std::string& definitions, const std::string& folder,
                           const std::string& library) {
    auto run = [&](const std::string& command) {
        int status = system((command + " 2> " + quoted(folder + "/log")).c_str());
        program.log = read(folder + "/log");
        return status == 0;
    };
    for (auto& [name, text] : program.headers) write(folder + "/" + name, text);
    write(folder + "/shim.h", emulated_shim_start);
    write(folder + "/source.cpp", "#include \"shim.h\"\n#line 1 " + ("\"" + program.name + "\"\n") +
                                      with_dynamic_shared(program.source));
    std::string expanded = folder + "/expanded.cpp", built = folder + "/built.so";
    if (!run(std::string(COMPILER) + definitions + " -E -o " + quoted(expanded) + " " + quoted(folder + "/source.cpp")))
        return NVRTC_ERROR_COMPILATION;
    std::string text = read(expanded);
    size_t end = text.find("struct emulated_end_of_shim;");
    if (end == std::string::npos) return NVRTC_ERROR_INTERNAL_ERROR;
    end = text.find('\n', end);
    write(expanded, text + entries(text.substr(end)));
    if (!run(std::string(COMPILER) + CODE + "-o " + quoted(built) + " " + quoted(expanded) + " -lm"))
        return NVRTC_ERROR_COMPILATION;
    // Another process may have built the same at the same time; either result will do.
    return rename(built.c_str(), library.c_str()) ? NVRTC_ERROR_INTERNAL_ERROR : NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcCreateProgram(Program** program, const char* source, const char* name, int header_count,
                                      const char* const* headers, const char* const* names) {
    if (!source) return NVRTC_ERROR_INVALID_INPUT;
    *program = new Program;
    (*program)->source = source;
    (*program)->name = name ? name : "default_program";
    for (int i = 0; i < header_count; i++) (*program)->headers.emplace_back(names[i], headers[i]);
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcDestroyProgram(Program** program) {
    delete *program;
    *program = nullptr;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcCompileProgram(Program* program, int count, const char* const* options) {
    if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
    // Of the options only those of the preprocessor mean anything here.
    std::string definitions;
    for (int i = 0; i < count; i++) {
        std::string option = options[i];
        const std::string long_form = "--define-macro=";
        if (option == "-D" && i + 1 < count) option += options[++i];
        if (option.rfind(long_form, 0) == 0) option = "-D" + option.substr(long_form.size());
        if (option.rfind("-D", 0) == 0 || option.rfind("-U", 0) == 0 || option.rfind("-I", 0) == 0)
            definitions += " " + quoted(option);
    }
    std::string key = std::string(emulated_shim_start) + COMPILER + CODE + definitions + "\n" + program->source;
    for (auto& [name, text] : program->headers) key += name + "\n" + text;
    char file[64];
    snprintf(file, sizeof file, "/%016llx-%zx.so", (unsigned long long)hash(key), key.size());
    std::string cache = cache_folder(), library = cache + file;
    nvrtcResult result = NVRTC_SUCCESS;
    if (access(library.c_str(), R_OK)) {
        std::string folder = cache + "/build-XXXXXX";
        if (cache.empty() || !mkdtemp(folder.data())) {
            program->log = "no folder for the compiler";
            return NVRTC_ERROR_INTERNAL_ERROR;
        }
        result = compile(*program, definitions, folder, library);
        if (system(("rm -rf " + quoted(folder)).c_str())) program->log += "\nthe folder of the compiler was left";
    }
    if (result == NVRTC_SUCCESS) program->image = "//emulated " + library + "\n";
    return result;
}

static nvrtcResult give(const std::string& text, char* target) {
    memcpy(target, text.c_str(), text.size() + 1);
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetPTXSize(Program* program, size_t* size) {
    if (program->image.empty()) return NVRTC_ERROR_INVALID_PROGRAM;
    *size = program->image.size() + 1;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetPTX(Program* program, char* text) {
    return program->image.empty() ? NVRTC_ERROR_INVALID_PROGRAM : give(program->image, text);
}

EXPORT nvrtcResult nvrtcGetCUBINSize(Program* program, size_t* size) { return nvrtcGetPTXSize(program, size); }
EXPORT nvrtcResult nvrtcGetCUBIN(Program* program, char* text) { return nvrtcGetPTX(program, text); }

EXPORT nvrtcResult nvrtcGetProgramLogSize(Program* program, size_t* size) {
    *size = program->log.size() + 1;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetProgramLog(Program* program, char* text) { return give(program->log, text); }

EXPORT nvrtcResult nvrtcVersion(int* major, int* minor) {
    *major = setting("EMULATED_CUDA_DRIVER", 13000) / 1000;
    *minor = setting("EMULATED_CUDA_DRIVER", 13000) % 1000 / 10;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
    *count = 1;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetSupportedArchs(int* architectures) {
    *architectures = 90;
    return NVRTC_SUCCESS;
}

EXPORT const char* nvrtcGetErrorString(nvrtcResult result) {
    switch (result) {
    case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
    case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
    case NVRTC_ERROR_INTERNAL_ERROR: return "NVRTC_ERROR_INTERNAL_ERROR";
    default: return "NVRTC_ERROR unknown";
    }
}
