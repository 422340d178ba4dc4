// What C can say of RE2, the regular expressions that Go's regexp has too (https://github.com/google/re2).
#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled expression; it never changes, and any number of threads may match with it.
typedef struct cre2_pattern cre2_pattern;

/// Where a group matched: octets from the start of the text; -1 and -1 where it took no part.
struct cre2_group {
    ptrdiff_t start;
    ptrdiff_t end;
};

/// A compiled expression, or NULL and RE2's text of the error, ended by 0 and cut to `capacity` octets.
cre2_pattern *cre2_compile(
    const char *text, size_t length, bool case_sensitive, char *error, size_t capacity);

void cre2_free(cre2_pattern *pattern);

/// Capturing groups, without the whole match.
int cre2_group_count(const cre2_pattern *pattern);

/// Copies the name of a group, counted from 1, ended by 0; false where it has none or where it does not fit.
bool cre2_group_name(const cre2_pattern *pattern, int group, char *name, size_t capacity);

/// Whether the expression matches anywhere in the text.
bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length);

/// Whether it matches, and where: `groups` has room for `count`, the first one is the whole match.
bool cre2_find(
    const cre2_pattern *pattern, const char *text, size_t length, struct cre2_group *groups, int count);

#ifdef __cplusplus
}
#endif

#endif
