#ifndef TESTS_MANIFEST_FIXTURE_H
#define TESTS_MANIFEST_FIXTURE_H

#include "store/manifest.h"

extern const cstn__store_table tables[2];

extern const cstn__manifest_entry entries[3];

#define N_ENTRIES 3

#define SCHEMA_OFF (128 + 96 * N_ENTRIES)

/* tables 24 + key 8 + name 8 + columns 16 + name (8, 16, 8, 8); 24 + 0 + 8 + 16 + 8 */
#define SCHEMA_LEN (8 + 24 + 8 + 8 + 4 * 16 + 8 + 16 + 8 + 8 + 24 + 8 + 16 + 8)

#define FILE_LEN (SCHEMA_OFF + SCHEMA_LEN + 16)

typedef struct manifest_fixture {
	cstn__manifest manifest;
	cstn__manifest_entry entries[N_ENTRIES];
	cstn__store_table tables[2];
	cstn__store_column columns[4];
	uint32_t key[2];
} manifest_fixture;

void manifest_fixture_init(manifest_fixture *fixture);

cstn_status write_it(const cstn__manifest *manifest, cstn__bytes *out);

cstn_status read_it(const uint8_t *data, size_t size, uint64_t number, cstn__manifest *out);

void put(uint8_t *data, size_t offset, size_t size, uint64_t value);

void rehash(uint8_t *data, size_t size);

void golden(uint8_t data[FILE_LEN]);

#endif
