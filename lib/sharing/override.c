/* Overrides: what two officers of a provider let through the firewall.
 *
 * A note says which fields, for whom, how fine and until when; it counts while two different keys
 * that signed it hold. Signatures are verified once, when the note is added; which keys hold is
 * asked at each decision, as keys end. Cost: an Ed25519 verification a signature; at a decision
 * O(overrides between the parties). */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "sharing/decision.h"
#include "sharing/note_lines.h"
#include "sharing/override.h"

#define TYPE "cstn/override/v1"
static const char *const levels[] = {"raw", "pseudonym", "generalised"};
#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

/* --- text ------------------------------------------------------------------------------------- */

static cstn_status check_override(const cstn_override *given, cstn_error **error)
{
	cstn_status status = cstn__id_check_text(given->constellation, "constellation", error);

	if (status == CSTN_OK)
		status = cstn__id_check_text(given->provider, "provider", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(given->recipient, "recipient", error);
	if (status == CSTN_OK)
		status = cstn__window_check(given->from_us, given->until_us, error);
	if (status != CSTN_OK)
		return status;
	if (given->until_us == INT64_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an override without an end");
	if (given->level < CSTN_LEVEL_RAW || given->level > CSTN_LEVEL_GENERALISED)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level %" PRId32 " of an override, %d to %d expected", given->level,
				CSTN_LEVEL_RAW, CSTN_LEVEL_GENERALISED);
	if (given->n_paths < 1 || given->n_paths > CSTN_OVERRIDE_PATHS_MOST || !given->paths)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"an override of %zu fields, 1 to %d expected", given->n_paths,
				CSTN_OVERRIDE_PATHS_MOST);
	for (size_t i = 0; i < given->n_paths && status == CSTN_OK; i++)
		status = given->paths[i] ? cstn_path_check(given->paths[i], strlen(given->paths[i]),
							   error)
					 : cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
							   "field %zu is NULL", i);
	return status;
}

cstn_status cstn_override_format(const cstn_override *override, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error)
{
	cstn_override given;
	cstn_allocator memory;
	cstn__bytes bytes;
	cstn_status status;

	if (!override || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				out ? "override" : "out");
	status = cstn__options_read(override, sizeof(given), sizeof(given), UINT32_MAX,
			"cstn_override", &given, error);
	if (status == CSTN_OK)
		status = check_override(&given, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &memory);
	cstn__bytes_put_text(&bytes, TYPE "\n");
	cstn__lines_put_text(
			&bytes, "constellation", given.constellation, strlen(given.constellation));
	cstn__lines_put_text(&bytes, "provider", given.provider, strlen(given.provider));
	cstn__lines_put_text(&bytes, "recipient", given.recipient, strlen(given.recipient));
	cstn__lines_put_text(&bytes, "level", levels[given.level - CSTN_LEVEL_RAW],
			strlen(levels[given.level - CSTN_LEVEL_RAW]));
	cstn__lines_put_i64(&bytes, "from_us", given.from_us);
	cstn__lines_put_i64(&bytes, "until_us", given.until_us);
	cstn__lines_put_i64(&bytes, "fields", (int64_t)given.n_paths);
	for (size_t i = 0; i < given.n_paths; i++)
		cstn__lines_put_text(&bytes, "field", given.paths[i], strlen(given.paths[i]));
	return cstn__bytes_to_buffer(&bytes, out, error);
}

cstn_status cstn__override_read(
		const char *text, size_t len, cstn__override_said *out, cstn_error **error)
{
	cstn__lines lines;
	int64_t n = 0;
	cstn_status status = CSTN_OK;

	cstn__lines_open(&lines, text, len, TYPE, error);
	cstn__lines_copy(&lines, "constellation", 1, CSTN_ID_MOST, out->constellation);
	cstn__lines_copy(&lines, "provider", 1, CSTN_ID_MOST, out->provider);
	cstn__lines_copy(&lines, "recipient", 1, CSTN_ID_MOST, out->recipient);
	cstn__lines_word(&lines, "level", levels, N_LEVELS, &out->level);
	out->level += CSTN_LEVEL_RAW;
	cstn__lines_i64(&lines, "from_us", &out->from_us);
	cstn__lines_i64(&lines, "until_us", &out->until_us);
	cstn__lines_i64(&lines, "fields", &n);
	if (lines.status == CSTN_OK && (n < 1 || n > CSTN_OVERRIDE_PATHS_MOST))
		return cstn__fail(error, CSTN_E_FORMAT,
				"an override of %" PRId64 " fields, 1 to %d expected", n,
				CSTN_OVERRIDE_PATHS_MOST);
	out->n_paths = lines.status == CSTN_OK ? (size_t)n : 0;
	for (size_t i = 0; i < out->n_paths; i++)
		cstn__lines_text(&lines, "field", 1, CSTN_PATH_MOST, &out->paths[i].text,
				&out->paths[i].len);
	status = cstn__lines_end(&lines);
	if (status == CSTN_OK && (out->until_us <= out->from_us || out->until_us == INT64_MAX))
		status = cstn__fail(
				error, CSTN_E_FORMAT, "an override has an end after its beginning");
	for (size_t i = 0; i < out->n_paths && status == CSTN_OK; i++)
		if (cstn_path_check(out->paths[i].text, out->paths[i].len, NULL) != CSTN_OK)
			status = cstn__fail(error, CSTN_E_FORMAT, "field %zu is no path", i + 1);
	return status;
}

/* --- who signed ------------------------------------------------------------------------------- */

/* Has a verifier key signed a note? */
static int has_signed(const cstn_note *note, const char *verifier)
{
	size_t name_len = strcspn(verifier, "+");

	for (size_t i = 0; i < cstn_note_verified_count(note); i++) {
		const char *name = cstn_note_name(note, i);
		char id[16];

		if (strlen(name) != name_len || memcmp(name, verifier, name_len) != 0)
			continue;
		for (int b = 0; b < 4; b++) {
			uint8_t byte = (uint8_t)(cstn_note_key_id(note, i) >> (24 - 8 * b));

			cstn__hex(&byte, 1, id + 2 * b);
		}
		if (strncmp(verifier + name_len + 1, id, 8) == 0)
			return 1;
	}
	return 0;
}

/* The windows of the officer keys that signed; how many different keys. */
static cstn_status add_signers(cstn_rules *rules, const cstn_note *note,
		const cstn_party_keys *keys, const char *provider, uint32_t *out,
		cstn_error **error)
{
	const char *last = NULL;
	uint32_t number = 0;

	for (size_t i = 0; i < cstn_party_keys_count(keys); i++) {
		cstn_party_key key = CSTN_PARTY_KEY_INIT;
		cstn_status status = cstn_party_keys_at(keys, i, &key, error);

		if (status != CSTN_OK)
			return status;
		if (key.use != CSTN_PARTY_KEY_OFFICER || strcmp(key.party, provider) != 0 ||
				!has_signed(note, key.verifier))
			continue;
		if (cstn__array_reserve(&rules->allocator, &rules->signers, 1))
			return cstn__fail_nomem(error);
		/* sorted by verifier: windows of one key follow each other */
		number += !last || strcmp(strrchr(last, '+'), strrchr(key.verifier, '+')) != 0;
		last = key.verifier;
		rules->signers.items[rules->signers.count++] =
				(cstn__signer){number, key.from_us, key.until_us};
	}
	*out = number;
	return CSTN_OK;
}

static cstn_status add_paths(cstn_rules *rules, const cstn__override_said *note, cstn_error **error)
{
	if (cstn__array_reserve(&rules->allocator, &rules->override_paths, note->n_paths))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < note->n_paths; i++) {
		uint32_t code = cstn__intern(
				&rules->paths, note->paths[i].text, note->paths[i].len);

		if (code == UINT32_MAX)
			return cstn__fail_nomem(error);
		rules->override_paths.items[rules->override_paths.count++] = (cstn_id){
				rules->paths.items[code].text, rules->paths.items[code].len};
	}
	return CSTN_OK;
}

static cstn_status add_row(cstn_rules *rules, const cstn__override_said *note,
		const cstn_note *opened, const cstn_party_keys *keys, cstn_error **error)
{
	cstn__override row = {
			.from_us = note->from_us, .until_us = note->until_us, .level = note->level};
	uint32_t where, from, to, n = 0;
	cstn_status status = cstn__rules_add_name(
			rules, note->constellation, "constellation", &where, error);

	if (status == CSTN_OK)
		status = cstn__rules_add_name(rules, note->provider, "provider", &from, error);
	if (status == CSTN_OK)
		status = cstn__rules_add_name(rules, note->recipient, "recipient", &to, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&rules->allocator, &rules->overrides, 1))
		return cstn__fail_nomem(error);
	row.key = cstn__key3(where, from, to);
	row.paths.first = (uint32_t)rules->override_paths.count;
	row.signers.first = (uint32_t)rules->signers.count;
	status = add_signers(rules, opened, keys, note->provider, &n, error);
	if (status == CSTN_OK && n < 2)
		status = cstn__fail(error, CSTN_E_SIGNATURE,
				"%" PRIu32
				" officer keys of '%s' have signed, 2 different ones are "
				"needed",
				n, note->provider);
	if (status == CSTN_OK)
		status = add_paths(rules, note, error);
	if (status != CSTN_OK) {
		rules->signers.count = row.signers.first;
		rules->override_paths.count = row.paths.first;
		return status;
	}
	row.paths.end = (uint32_t)rules->override_paths.count;
	row.signers.end = (uint32_t)rules->signers.count;
	rules->overrides.items[rules->overrides.count++] = row;
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_override(cstn_rules_builder *builder, const char *note,
		size_t note_len, const cstn_party_keys *keys, cstn_error **error)
{
	cstn_note *opened = NULL;
	size_t len;
	cstn__override_said text;
	cstn_status status;

	if (!builder || !note || !keys)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!builder ? "builder"
				: !note  ? "note"
					 : "keys");
	status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn__override_read(note, len, &text, error);
	if (status == CSTN_OK)
		status = cstn_party_keys_open(keys, note, note_len, text.provider,
				CSTN_PARTY_KEY_OFFICER, text.from_us, 1, &builder->allocator,
				&opened, error);
	if (status == CSTN_OK)
		status = add_row(builder->rules, &text, opened, keys, error);
	cstn_note_free(opened);
	return status;
}

/* --- at a decision ---------------------------------------------------------------------------- */

int cstn__override_is_signed_at(const cstn_rules *rules, const cstn__override *one, int64_t now_us)
{
	uint32_t first = 0;

	for (uint32_t i = one->signers.first; i < one->signers.end; i++) {
		const cstn__signer *signer = &rules->signers.items[i];

		if (now_us < signer->from_us || now_us >= signer->until_us)
			continue;
		if (first && signer->number != first)
			return 1;
		first = signer->number;
	}
	return 0;
}

int32_t cstn__override_level(const cstn__case *at, const cstn_id *path)
{
	const cstn_rules *rules = at->rules;
	int64_t key = cstn__key3(at->constellation, at->provider, at->recipient),
		now_us = at->request->now_us;
	int32_t level = CSTN_LEVEL_AGGREGATED;
	uint32_t i = cstn__i64_map_find(&rules->overrides_of, key);

	for (; i < rules->overrides.count && rules->overrides.items[i].key == key; i++) {
		const cstn__override *one = &rules->overrides.items[i];

		if (one->level >= level || now_us < one->from_us || now_us >= one->until_us ||
				!cstn__override_is_signed_at(rules, one, now_us))
			continue;
		for (uint32_t p = one->paths.first; p < one->paths.end; p++)
			if (cstn_path_covers(rules->override_paths.items[p].text,
					    rules->override_paths.items[p].len, path->text,
					    path->len))
				level = one->level;
	}
	return level;
}
