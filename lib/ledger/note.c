/* Signed notes (C2SP signed-note): a text, a blank line, signature lines.
 *
 * The blank line that counts is the last. A line is a dash, the name of a key and base64 of the
 * key's id and what it signed. Unknown keys are kept and mean nothing; a known key whose signature
 * is wrong refuses the note, since somebody changed it. Each known key counts once.
 *
 * Cost: an Ed25519 signature or verification a line. */
#include "ledger/note.h"
#include "ledger/signed_checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include "base/alloc.h"
#include "base/error.h"

#define DASH "\xe2\x80\x94 "
#define DASH_LEN 4u

typedef struct kept_signature {
	const char *name;
	uint32_t id;
	int verified;
	int64_t time_s;
} kept_signature;

struct cstn_note {
	cstn_allocator memory;
	cstn__arena arena;
	const char *text;
	size_t text_len;
	size_t n, verified;
	kept_signature signatures[CSTN_NOTE_SIGNATURES_MOST];
};

/* --- lines ------------------------------------------------------------------------------------ */

/* Bytes of base64 text of any length; the first of them in `out`. -1 if it is none. */
static int read_base64(const char *text, size_t len, cstn__signature_line *out)
{
	uint8_t group[3];
	size_t at, n;

	out->size = 0;
	if (len % 4)
		return -1;
	for (at = 0; at < len; at += 4) {
		if (cstn__base64_read(text + at, 4, group, sizeof(group), &n) ||
				(n < sizeof(group) && at + 4 < len))
			return -1;
		if (out->size < sizeof(out->bytes))
			memcpy(out->bytes + out->size, group,
					n < sizeof(out->bytes) - out->size
							? n
							: sizeof(out->bytes) - out->size);
		out->size += n;
	}
	return 0;
}

int cstn__signature_line_read(const char **at, const char *end, cstn__signature_line *out)
{
	const char *stop = memchr(*at, '\n', (size_t)(end - *at)), *space;

	if (!stop || stop - *at < (ptrdiff_t)DASH_LEN || memcmp(*at, DASH, DASH_LEN) != 0)
		return -1;
	out->line = *at;
	out->line_len = (size_t)(stop - *at);
	out->name = *at + DASH_LEN;
	space = memchr(out->name, ' ', (size_t)(stop - out->name));
	if (!space)
		return -1;
	out->name_len = (size_t)(space - out->name);
	if (!cstn__note_name_is_valid(out->name, out->name_len) ||
			read_base64(space + 1, (size_t)(stop - space - 1), out) ||
			out->size <= CSTN__KEY_ID)
		return -1;
	*at = stop + 1;
	return 0;
}

void cstn__signature_line_put(
		cstn__bytes *out, const cstn__note_key *key, const uint8_t *signature, size_t size)
{
	char text[sodium_base64_ENCODED_LEN(CSTN__TIMED_SIGNATURE, sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(text, sizeof(text), signature, size, sodium_base64_VARIANT_ORIGINAL);
	cstn__bytes_put_text(out, DASH);
	cstn__bytes_put(out, key->name, key->name_len);
	cstn__bytes_put_text(out, " ");
	cstn__bytes_put_text(out, text);
	cstn__bytes_put_text(out, "\n");
}

void cstn__cosigned_message(cstn__bytes *message, uint64_t time_s, const char *text, size_t len)
{
	cstn__bytes_put_format(message, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
	cstn__bytes_put(message, text, len);
}

/* --- keys ------------------------------------------------------------------------------------- */

cstn_status cstn__verifiers_read(const char *const *texts, size_t n, const cstn_allocator *memory,
		cstn__note_keys *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (!texts && n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "keys are NULL");
	out->memory = *memory;
	out->n = n;
	out->key = cstn__alloc(memory, cstn__array_size(n, sizeof(*out->key)));
	if (!out->key)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		status = cstn__verifier_read(texts[i], out->key + i, error);
		if (status != CSTN_OK)
			cstn__error_prefix(error, "key %zu: ", i);
	}
	if (status != CSTN_OK)
		cstn__keys_free(out);
	return status;
}

void cstn__keys_free(cstn__note_keys *keys)
{
	cstn__free(&keys->memory, keys->key, keys->n * sizeof(*keys->key));
	keys->key = NULL;
}

/* --- open ------------------------------------------------------------------------------------- */

static int is_of(const cstn__signature_line *line, const cstn__note_key *key)
{
	return line->name_len == key->name_len &&
	       memcmp(line->name, key->name, key->name_len) == 0 &&
	       memcmp(line->bytes, key->id, CSTN__KEY_ID) == 0;
}

/* The key of a line; NULL without; CSTN_E_DUPLICATE if there are two. */
static cstn_status find_key(const cstn__signature_line *line, const cstn__note_key *keys, size_t n,
		const cstn__note_key **out, cstn_error **error)
{
	size_t i;

	*out = NULL;
	for (i = 0; i < n; i++) {
		if (!is_of(line, keys + i))
			continue;
		if (*out)
			return cstn__fail(error, CSTN_E_DUPLICATE,
					"the key of '%.*s' was given twice", (int)line->name_len,
					line->name);
		*out = keys + i;
	}
	return CSTN_OK;
}

static uint64_t big_endian(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | *bytes++;
	return value;
}

/* Is a line the key's signature of the text? 1, 0, or -1 without memory. */
static int verify(const cstn__signature_line *line, const cstn__note_key *key,
		const cstn_note *note, int64_t *time_s)
{
	const uint8_t *at = line->bytes + CSTN__KEY_ID;
	cstn__bytes message;
	uint64_t time;
	int right;

	*time_s = -1;
	if (key->type == CSTN_NOTE_KEY_SIGN)
		return line->size == CSTN__PLAIN_SIGNATURE &&
		       cstn__ed25519_verify(key->public_key, CSTN__ED25519_PUBLIC, at,
				       CSTN__ED25519_SIGNATURE, note->text, note->text_len);
	time = big_endian(at, 8);
	if (time > INT64_MAX)
		return 0;
	cstn__bytes_init(&message, &note->memory);
	cstn__cosigned_message(&message, time, note->text, note->text_len);
	right = message.failed ? -1
			       : cstn__ed25519_verify(key->public_key, CSTN__ED25519_PUBLIC, at + 8,
						 CSTN__ED25519_SIGNATURE, message.data,
						 message.size);
	cstn__bytes_free(&message);
	if (right == 1)
		*time_s = (int64_t)time;
	return right;
}

/* Was this known key, or this very line of an unknown one, seen before? */
static int is_again(const cstn_note *note, const cstn__signature_line *line, int known,
		const char *const *lines)
{
	size_t i;

	for (i = 0; i < note->n; i++) {
		const kept_signature *s = note->signatures + i;

		if (s->verified != known)
			continue;
		if (known && s->id == (uint32_t)big_endian(line->bytes, CSTN__KEY_ID) &&
				strlen(s->name) == line->name_len &&
				memcmp(s->name, line->name, line->name_len) == 0)
			return 1;
		if (!known && memcmp(lines[i], line->line, line->line_len + 1) == 0)
			return 1;
	}
	return 0;
}

static cstn_status add_signature(cstn_note *note, const cstn__signature_line *line,
		const cstn__note_key *keys, size_t n_keys, const char **lines, cstn_error **error)
{
	kept_signature *s = note->signatures + note->n;
	const cstn__note_key *key;
	cstn_status status = find_key(line, keys, n_keys, &key, error);
	int right;

	/* Of another size it is another kind of signature than a witness's. */
	if (status == CSTN_OK && key && key->type == CSTN_NOTE_KEY_WITNESS &&
			line->size != CSTN__TIMED_SIGNATURE)
		key = NULL;
	if (status != CSTN_OK || is_again(note, line, key != NULL, lines))
		return status;
	s->time_s = -1;
	if (key) {
		right = verify(line, key, note, &s->time_s);
		if (right < 0)
			return cstn__fail_nomem(error);
		if (!right)
			return cstn__fail(error, CSTN_E_SIGNATURE,
					"the signature of '%.*s' does not fit the text",
					(int)line->name_len, line->name);
	}
	s->name = cstn__arena_copy(&note->arena, line->name, line->name_len);
	if (!s->name)
		return cstn__fail_nomem(error);
	s->id = (uint32_t)big_endian(line->bytes, CSTN__KEY_ID);
	s->verified = key != NULL;
	note->verified += key != NULL;
	lines[note->n++] = line->line;
	return CSTN_OK;
}

static cstn_status fail_format(
		const char *note, const char *at, const char *what, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "byte %zu: %s", (size_t)(at - note), what);
}

/* Where the text ends: behind the line end before the last blank line. NULL without. */
static const char *text_end(const char *note, size_t len)
{
	size_t i;

	for (i = len; i >= 2; i--)
		if (note[i - 1] == '\n' && note[i - 2] == '\n')
			return note + i - 1;
	return NULL;
}

static cstn_status read_lines(cstn_note *note, const char *begin, const char *at, const char *end,
		const cstn__note_key *keys, size_t n_keys, cstn_error **error)
{
	const char *lines[CSTN_NOTE_SIGNATURES_MOST];
	cstn_status status = CSTN_OK;
	size_t count = 0;

	if (at == end)
		return fail_format(begin, at, "no signature behind the blank line", error);
	while (at < end && status == CSTN_OK) {
		cstn__signature_line line;

		if (count++ == CSTN_NOTE_SIGNATURES_MOST)
			return fail_format(begin, at, "more than 100 signatures", error);
		if (cstn__signature_line_read(&at, end, &line))
			return fail_format(begin, at, "no signature line", error);
		status = add_signature(note, &line, keys, n_keys, lines, error);
	}
	return status;
}

/* Verified signatures first, otherwise in their order. */
static void sort_signatures(cstn_note *note)
{
	size_t i, k;

	for (i = 1; i < note->n; i++) {
		kept_signature now = note->signatures[i];

		if (!now.verified)
			continue;
		for (k = i; k && !note->signatures[k - 1].verified; k--)
			note->signatures[k] = note->signatures[k - 1];
		note->signatures[k] = now;
	}
}

static cstn_status check_note(const char *note, size_t len, const char **end, cstn_error **error)
{
	if (!note)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the note is NULL");
	if (len > CSTN_NOTE_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "a note of %zu bytes; at most %d", len,
				CSTN_NOTE_MOST);
	if (!cstn__note_text_is_valid(note, len))
		return cstn__fail(error, CSTN_E_FORMAT,
				"the note is not UTF-8, or has a control byte");
	*end = text_end(note, len);
	if (!*end)
		return fail_format(note, note + len, "no blank line before signatures", error);
	return CSTN_OK;
}

cstn_status cstn__note_read(const char *note, size_t note_len, const cstn__note_key *keys,
		size_t n_keys, int any, const cstn_allocator *memory, cstn_note **out,
		cstn_error **error)
{
	const char *end;
	cstn_status status = check_note(note, note_len, &end, error);
	cstn_note *made;

	if (status != CSTN_OK)
		return status;
	made = cstn__alloc_zero(memory, sizeof(*made));
	if (!made)
		return cstn__fail_nomem(error);
	made->memory = *memory;
	cstn__arena_init(&made->arena, memory);
	made->text_len = (size_t)(end - note);
	made->text = cstn__arena_copy(&made->arena, note, made->text_len);
	status = made->text ? read_lines(made, note, end + 1, note + note_len, keys, n_keys, error)
			    : cstn__fail_nomem(error);
	if (status == CSTN_OK && !made->verified && !any)
		status = cstn__fail(error, CSTN_E_UNVERIFIED,
				"no key that is known has signed; the first signature is of '%s'",
				made->signatures[0].name);
	if (status != CSTN_OK) {
		cstn_note_free(made);
		return status;
	}
	sort_signatures(made);
	*out = made;
	return CSTN_OK;
}

cstn_status cstn_note_open(const char *note, size_t note_len, const char *const *verifiers,
		size_t n_verifiers, const cstn_allocator *allocator, cstn_note **out,
		cstn_error **error)
{
	cstn__note_keys keys;
	cstn_allocator memory;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__verifiers_read(verifiers, n_verifiers, &memory, &keys, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__note_read(note, note_len, keys.key, keys.n, 0, &memory, out, error);
	cstn__keys_free(&keys);
	return status;
}

const char *cstn_note_text(const cstn_note *note, size_t *len)
{
	if (len)
		*len = note ? note->text_len : 0;
	return note ? note->text : "";
}

size_t cstn_note_count(const cstn_note *note)
{
	return note ? note->n : 0;
}

size_t cstn_note_verified_count(const cstn_note *note)
{
	return note ? note->verified : 0;
}

const char *cstn_note_name(const cstn_note *note, size_t index)
{
	return index < cstn_note_count(note) ? note->signatures[index].name : "";
}

uint32_t cstn_note_key_id(const cstn_note *note, size_t index)
{
	return index < cstn_note_count(note) ? note->signatures[index].id : 0;
}

int64_t cstn_note_time_s(const cstn_note *note, size_t index)
{
	return index < cstn_note_count(note) ? note->signatures[index].time_s : -1;
}

void cstn_note_free(cstn_note *note)
{
	cstn_allocator memory;

	if (!note)
		return;
	memory = note->memory;
	cstn__arena_free(&note->arena);
	cstn__free(&memory, note, sizeof(*note));
}

/* --- sign ------------------------------------------------------------------------------------- */

static cstn_status put_new(
		cstn__bytes *out, const cstn__note_key *key, const char *text, size_t len)
{
	uint8_t bytes[CSTN__PLAIN_SIGNATURE];

	memcpy(bytes, key->id, CSTN__KEY_ID);
	crypto_sign_ed25519_detached(
			bytes + CSTN__KEY_ID, NULL, (const uint8_t *)text, len, key->secret);
	cstn__signature_line_put(out, key, bytes, sizeof(bytes));
	return CSTN_OK;
}

static int is_of_any(const cstn__signature_line *line, const cstn__note_key *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_of(line, keys + i))
			return 1;
	return 0;
}

/* The lines that stay; *count more signatures. */
static cstn_status put_old(cstn__bytes *out, const char *lines, size_t len,
		const cstn__note_key *keys, size_t n_keys, size_t *count, cstn_error **error)
{
	const char *at = lines, *end = lines + len;

	while (at < end) {
		cstn__signature_line line;

		if (cstn__signature_line_read(&at, end, &line))
			return fail_format(lines, at, "no signature line", error);
		if (is_of_any(&line, keys, n_keys))
			continue;
		cstn__bytes_put(out, line.line, line.line_len + 1);
		++*count;
	}
	return CSTN_OK;
}

static cstn_status signers_read(const char *const *texts, size_t n, const cstn_allocator *memory,
		cstn__note_keys *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	out->memory = *memory;
	out->n = n;
	out->key = cstn__alloc_zero(memory, cstn__array_size(n, sizeof(*out->key)));
	if (!out->key)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		status = cstn__signer_read(texts[i], out->key + i, error);
		if (status == CSTN_OK && out->key[i].type != CSTN_NOTE_KEY_SIGN)
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"a witness's key; see cstn_witness_cosign()");
		if (status != CSTN_OK)
			cstn__error_prefix(error, "signer %zu: ", i);
	}
	return status;
}

static cstn_status check_text(const char *text, size_t len, const char *const *signers,
		size_t n_signers, const cstn_buffer *const *out, cstn_error **error)
{
	if (!text || !out || (!signers && n_signers))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "text, signers or out is NULL");
	if (len > CSTN_NOTE_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "a text of %zu bytes; at most %d", len,
				CSTN_NOTE_MOST);
	if (!len || text[len - 1] != '\n' || !cstn__note_text_is_valid(text, len))
		return cstn__fail(error, CSTN_E_FORMAT,
				"the text is not UTF-8, has a control byte, or does not end with a "
				"line end");
	return CSTN_OK;
}

cstn_status cstn_note_sign(const char *text, size_t text_len, const char *signatures,
		size_t signatures_len, const char *const *signers, size_t n_signers,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn__note_keys keys = {0};
	size_t count = n_signers, i;
	cstn_allocator memory;
	cstn__bytes made;
	cstn_status status;

	status = check_text(
			text, text_len, signers, n_signers, (const cstn_buffer *const *)out, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&made, &memory);
	status = signers_read(signers, n_signers, &memory, &keys, error);
	cstn__bytes_put(&made, text, text_len);
	cstn__bytes_put_text(&made, "\n");
	if (status == CSTN_OK && signatures)
		status = put_old(
				&made, signatures, signatures_len, keys.key, keys.n, &count, error);
	for (i = 0; status == CSTN_OK && i < n_signers; i++)
		status = put_new(&made, keys.key + i, text, text_len);
	if (status == CSTN_OK && !count)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no signer and no signature");
	if (status == CSTN_OK && (count > CSTN_NOTE_SIGNATURES_MOST || made.size > CSTN_NOTE_MOST))
		status = cstn__fail(error, CSTN_E_LIMIT,
				"%zu signatures and %zu bytes; at most %d and %d", count, made.size,
				CSTN_NOTE_SIGNATURES_MOST, CSTN_NOTE_MOST);
	if (keys.key)
		cstn__wipe(keys.key, keys.n * sizeof(*keys.key));
	cstn__keys_free(&keys);
	if (status == CSTN_OK)
		return cstn__bytes_to_buffer(&made, out, error);
	cstn__bytes_free(&made);
	return status;
}
