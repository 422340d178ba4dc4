// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: here is one function for each kind of
// argument that is used.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

// libcurl keeps a copy of the text; NULL takes the option back.
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *text) {
    return curl_easy_setopt(handle, option, text);
}

// The list must live until the transfer has ended.
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(handle, option, list);
}

// libcurl keeps a copy of the octets.
static inline CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *octets, size_t length) {
    struct curl_blob blob = {(void *)octets, length, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

// What is pointed at must live until the transfer has ended.
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *pointer) {
    return curl_easy_setopt(handle, option, pointer);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
typedef size_t (*ccurl_write)(char *octets, size_t size, size_t count, void *closure);
static inline CURLcode ccurl_set_write(CURL *handle, CURLoption option, ccurl_write function) {
    return curl_easy_setopt(handle, option, function);
}

static inline CURLcode ccurl_set_progress(CURL *handle, curl_xferinfo_callback function) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}

static inline CURLcode ccurl_set_socket_options(CURL *handle, curl_sockopt_callback function) {
    return curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, function);
}

static inline CURLcode ccurl_get_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

#endif
