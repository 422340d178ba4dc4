#include "cre2.h"

#include <re2/re2.h>

#include <cstring>
#include <string>
#include <vector>

struct cre2_pattern {
    RE2 expression;

    cre2_pattern(const re2::StringPiece &text, const RE2::Options &options) : expression(text, options) {}
};

static void copy(const std::string &text, char *out, size_t capacity) {
    if (capacity == 0) return;
    size_t length = text.size() < capacity ? text.size() : capacity - 1;
    std::memcpy(out, text.data(), length);
    out[length] = 0;
}

cre2_pattern *cre2_compile(
    const char *text, size_t length, bool case_sensitive, char *error, size_t capacity) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(case_sensitive);
    auto *pattern = new cre2_pattern(re2::StringPiece(text, length), options);
    if (pattern->expression.ok()) return pattern;
    copy(pattern->expression.error(), error, capacity);
    delete pattern;
    return nullptr;
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

int cre2_group_count(const cre2_pattern *pattern) { return pattern->expression.NumberOfCapturingGroups(); }

bool cre2_group_name(const cre2_pattern *pattern, int group, char *name, size_t capacity) {
    const auto &names = pattern->expression.CapturingGroupNames();
    auto found = names.find(group);
    if (found == names.end() || found->second.size() >= capacity) return false;
    copy(found->second, name, capacity);
    return true;
}

bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length) {
    return pattern->expression.Match(
        re2::StringPiece(text, length), 0, length, RE2::UNANCHORED, nullptr, 0);
}

bool cre2_find(
    const cre2_pattern *pattern, const char *text, size_t length, struct cre2_group *groups, int count) {
    std::vector<re2::StringPiece> pieces(count);
    if (!pattern->expression.Match(
            re2::StringPiece(text, length), 0, length, RE2::UNANCHORED, pieces.data(), count)) {
        return false;
    }
    for (int at = 0; at < count; ++at) {
        bool took = pieces[at].data() != nullptr;
        groups[at].start = took ? pieces[at].data() - text : -1;
        groups[at].end = took ? groups[at].start + static_cast<ptrdiff_t>(pieces[at].size()) : -1;
    }
    return true;
}
