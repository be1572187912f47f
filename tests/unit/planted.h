#ifndef TESTS_PLANTED_H
#define TESTS_PLANTED_H

#include <stddef.h>
#include <stdint.h>

/* Values that must not be found anywhere, and what would give them away: the value itself and its
 * plain digests (SHA-256, SHA-512, SHA-1, MD5, BLAKE2b of 16, 32 and 64 bytes, XXH3 of 64 and 128
 * bits), each as bytes, in hexadecimal digits of both cases and in base64 of both alphabets. */
typedef struct planted planted;

planted *planted_new(void);
void planted_free(planted *all);
/* A value of 6 bytes or more, told by `name` (which stays) where it is found. */
void planted_text(planted *all, const char *name, const void *value, size_t size);
/* A number of 8 digits or more: its decimal text and its 8 bytes in both orders. */
void planted_number(planted *all, const char *name, int64_t value);
size_t planted_count(const planted *all);
/* The first that is found, as "name: how"; NULL. Static memory. */
const char *planted_seek(const planted *all, const void *data, size_t size);
/* In any file of a folder and those below it; *bytes is added to. */
const char *planted_seek_files(const planted *all, const char *folder, uint64_t *bytes);

/* For a test of the digests themselves. */
void planted_sha1(const void *data, size_t size, uint8_t out[20]);
void planted_md5(const void *data, size_t size, uint8_t out[16]);

#endif
