/* Keys of parties out of a network: its records of the noun `verifier`. Cost: one scan of them. */
#include <string.h>

#include <constellation/party_keys.h>

#include "base/error.h"
#include "network/network.h"
#include "sharing/sharing_load.h"

enum { PARTY, USE, VERIFIER, FROM, UNTIL, N_COLUMNS };
static const uint32_t columns[N_COLUMNS] = {CSTN__COLUMN_FIRST + CSTN__VERIFIER_PARTNER_ID,
		CSTN__COLUMN_FIRST + CSTN__VERIFIER_USE,
		CSTN__COLUMN_FIRST + CSTN__VERIFIER_VERIFIER,
		CSTN__COLUMN_FIRST + CSTN__VERIFIER_FROM,
		CSTN__COLUMN_FIRST + CSTN__VERIFIER_UNTIL};

static int32_t use_of(const uint8_t *text, size_t len)
{
	static const char *const names[] = {"sign", "officer", "witness"};
	int32_t i;

	for (i = 0; i < 3; i++)
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
			return CSTN_PARTY_KEY_SIGN + i;
	return 0;
}

static const char *copy_text(cstn__arena *arena, const cstn__values *values, uint64_t row)
{
	size_t len;
	const uint8_t *text = cstn__values_text(values, row, &len);

	return cstn__arena_copy(arena, text, len);
}

static cstn_status add_row(cstn_party_keys *keys, cstn__arena *arena, const cstn__values *values,
		uint64_t row, cstn_error **error)
{
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	const uint8_t *use;
	size_t len;

	key.party = copy_text(arena, &values[PARTY], row);
	key.verifier = copy_text(arena, &values[VERIFIER], row);
	if (!key.party || !key.verifier)
		return cstn__fail_nomem(error);
	use = cstn__values_text(&values[USE], row, &len);
	key.use = use_of(use, len);
	key.from_us = cstn__values_is_valid(&values[FROM], row) ? values[FROM].numbers[row]
								: INT64_MIN;
	if (cstn__values_is_valid(&values[UNTIL], row))
		key.until_us = values[UNTIL].numbers[row];
	return cstn_party_keys_add(keys, &key, error);
}

/* The same, but what is no key is left out. */
static cstn_status try_row(cstn_party_keys *keys, cstn__arena *arena, const cstn__values *values,
		uint64_t row, cstn_error **error)
{
	cstn_error *told = NULL;
	cstn_status status = add_row(keys, arena, values, row, &told);

	if (status == CSTN_OK || status == CSTN_E_NOMEM)
		return cstn__error_give(error, told, status);
	cstn_error_free(told);
	return CSTN_OK;
}

static cstn_status load_keys(cstn_party_keys *keys, cstn__snapshot *snapshot, int skip,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn__scan_options options = {
			.columns = columns, .n_columns = N_COLUMNS, .as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn__arena arena;
	cstn_status status = cstn__scan_new(snapshot, CSTN__NOUN_VERIFIER, &options, &scan, error);

	if (status != CSTN_OK)
		return status;
	cstn__arena_init(&arena, allocator);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows && status == CSTN_OK; row++)
			if (chunk.visible[row / 64] >> row % 64 & 1)
				status = skip ? try_row(keys, &arena, chunk.columns, row, error)
					      : add_row(keys, &arena, chunk.columns, row, error);
	cstn__arena_free(&arena);
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn_party_keys_load(cstn_party_keys *keys, cstn_snapshot *snapshot, cstn_error **error)
{
	if (!keys || !snapshot)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				keys ? "snapshot" : "keys");
	return load_keys(keys, snapshot->inner, 0, &snapshot->allocator, error);
}

cstn_status cstn__party_keys_load(cstn_party_keys *keys, cstn__snapshot *snapshot,
		const cstn_allocator *allocator, cstn_error **error)
{
	return load_keys(keys, snapshot, 1, allocator, error);
}
