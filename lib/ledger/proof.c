/* Proofs on paper (C2SP tlog-proof): the index of an entry, the hashes from its leaf to a root, and
 * the signed checkpoint that has the root. Who reads one needs the entry and the keys of those whom
 * he believes, and neither the log nor its owner. */
#include <inttypes.h>
#include <string.h>

#include <sodium/utils.h>

#include "base/alloc.h"
#include "base/error.h"
#include "ledger/signed_checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

#define HEADER "c2sp.org/tlog-proof@v1\n"
#define HASHES_MOST 63u

struct cstn_proof {
	cstn_allocator memory;
	cstn__arena arena;
	uint64_t index;
	size_t n;
	uint8_t hashes[HASHES_MOST * CSTN__HASH];
	const uint8_t *extra;
	size_t extra_size;
	const char *checkpoint;
	size_t checkpoint_len;
};

cstn_status cstn_proof_format(uint64_t index, const uint8_t *hashes, size_t n_hashes,
		const uint8_t *extra, size_t extra_size, const char *checkpoint,
		size_t checkpoint_len, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error)
{
	cstn_allocator memory;
	cstn__bytes made;
	cstn_status status;
	size_t i;

	if (!out || !checkpoint || (!hashes && n_hashes) || (!extra && extra_size))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"hashes, extra, checkpoint or out is NULL");
	if (n_hashes > HASHES_MOST || extra_size > CSTN_NOTE_MOST / 2 ||
			checkpoint_len > CSTN_NOTE_MOST / 4)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu hashes, %zu bytes of extra, %zu of checkpoint; at most %u, "
				"%d, "
				"%d",
				n_hashes, extra_size, checkpoint_len, HASHES_MOST,
				CSTN_NOTE_MOST / 2, CSTN_NOTE_MOST / 4);
	if (!checkpoint_len || checkpoint[checkpoint_len - 1] != '\n' ||
			!cstn__note_text_is_valid(checkpoint, checkpoint_len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a checkpoint is UTF-8 that ends with a line end");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&made, &memory);
	cstn__bytes_put_text(&made, HEADER);
	if (extra) {
		cstn__bytes_put_text(&made, "extra ");
		cstn__base64_put(&made, extra, extra_size);
	}
	cstn__bytes_put_format(&made, "index %" PRIu64 "\n", index);
	for (i = 0; i < n_hashes; i++)
		cstn__base64_put(&made, hashes + i * CSTN__HASH, CSTN__HASH);
	cstn__bytes_put_text(&made, "\n");
	cstn__bytes_put(&made, checkpoint, checkpoint_len);
	return cstn__bytes_to_buffer(&made, out, error);
}

/* --- parse ------------------------------------------------------------------------------------ */

typedef struct lines {
	const char *at, *end, *line;
	size_t len;
	int number;
} lines;

static int next_line(lines *in)
{
	const char *stop =
			in->at < in->end ? memchr(in->at, '\n', (size_t)(in->end - in->at)) : NULL;

	in->number++;
	if (!stop)
		return -1;
	in->line = in->at;
	in->len = (size_t)(stop - in->at);
	in->at = stop + 1;
	return 0;
}

static int begins(const lines *in, const char *word)
{
	size_t len = strlen(word);

	return in->len >= len && memcmp(in->line, word, len) == 0;
}

static cstn_status fail_line(const lines *in, const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "line %d of a proof: %s", in->number, rule);
}

static cstn_status read_extra(cstn_proof *proof, const lines *in, cstn_error **error)
{
	const char *text = in->line + strlen("extra ");
	size_t len = in->len - strlen("extra ");
	uint8_t *extra = cstn__arena_alloc(&proof->arena, len + 1);

	if (!extra)
		return cstn__fail_nomem(error);
	if (cstn__base64_read(text, len, extra, len + 1, &proof->extra_size))
		return fail_line(in, "extra is base64", error);
	proof->extra = extra;
	return CSTN_OK;
}

static cstn_status read_hashes(cstn_proof *proof, lines *in, cstn_error **error)
{
	for (;;) {
		if (next_line(in))
			return fail_line(in, "no blank line before the checkpoint", error);
		if (!in->len)
			return CSTN_OK;
		if (proof->n == HASHES_MOST)
			return fail_line(in, "more than 63 hashes", error);
		if (cstn__hash_read(in->line, in->len, proof->hashes + proof->n * CSTN__HASH))
			return fail_line(in, "a hash is base64 of 32 bytes", error);
		proof->n++;
	}
}

static cstn_status read_proof(cstn_proof *proof, lines *in, cstn_error **error)
{
	cstn_status status;
	size_t word = strlen("index ");

	if (next_line(in) || in->len + 1 != strlen(HEADER) || !begins(in, "c2sp.org/tlog-proof@v1"))
		return fail_line(in, "c2sp.org/tlog-proof@v1 expected", error);
	if (next_line(in))
		return fail_line(in, "index expected", error);
	if (begins(in, "extra ")) {
		status = read_extra(proof, in, error);
		if (status != CSTN_OK)
			return status;
		if (next_line(in))
			return fail_line(in, "index expected", error);
	}
	if (!begins(in, "index ") ||
			cstn__whole_number_read(in->line + word, in->len - word, &proof->index))
		return fail_line(in, "index and a number expected", error);
	status = read_hashes(proof, in, error);
	if (status != CSTN_OK)
		return status;
	if (in->at == in->end || in->end[-1] != '\n')
		return fail_line(in, "a checkpoint that ends with a line end expected", error);
	proof->checkpoint_len = (size_t)(in->end - in->at);
	proof->checkpoint = cstn__arena_copy(&proof->arena, in->at, proof->checkpoint_len);
	return proof->checkpoint ? CSTN_OK : cstn__fail_nomem(error);
}

cstn_status cstn_proof_parse(const char *text, size_t text_len, const cstn_allocator *allocator,
		cstn_proof **out, cstn_error **error)
{
	lines in = {text, text + text_len, text, 0, 0};
	cstn_allocator memory;
	cstn_proof *proof;
	cstn_status status;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "text or out is NULL");
	if (text_len > CSTN_NOTE_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "a proof of %zu bytes; at most %d", text_len,
				CSTN_NOTE_MOST);
	if (!cstn__note_text_is_valid(text, text_len))
		return cstn__fail(error, CSTN_E_FORMAT,
				"a proof is not UTF-8, or has a control byte");
	status = cstn__handle_new(allocator, sizeof(*proof), &memory, &proof, error);
	if (status != CSTN_OK)
		return status;
	proof->memory = memory;
	cstn__arena_init(&proof->arena, &memory);
	status = read_proof(proof, &in, error);
	if (status == CSTN_OK)
		*out = proof;
	else
		cstn_proof_free(proof);
	return status;
}

uint64_t cstn_proof_index(const cstn_proof *proof)
{
	return proof ? proof->index : 0;
}

const uint8_t *cstn_proof_hashes(const cstn_proof *proof, size_t *count)
{
	if (count)
		*count = proof ? proof->n : 0;
	return proof ? proof->hashes : NULL;
}

const uint8_t *cstn_proof_extra(const cstn_proof *proof, size_t *size)
{
	if (size)
		*size = proof ? proof->extra_size : 0;
	return proof ? proof->extra : NULL;
}

const char *cstn_proof_checkpoint(const cstn_proof *proof, size_t *len)
{
	if (len)
		*len = proof ? proof->checkpoint_len : 0;
	return proof ? proof->checkpoint : "";
}

void cstn_proof_free(cstn_proof *proof)
{
	cstn_allocator memory;

	if (!proof)
		return;
	memory = proof->memory;
	cstn__arena_free(&proof->arena);
	cstn__free(&memory, proof, sizeof(*proof));
}

/* --- verify ----------------------------------------------------------------------------------- */

static cstn_status check_options(
		const cstn_proof_options *given, cstn_proof_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(
			given, sizeof(*out), sizeof(*out), 0, "cstn_proof_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (!out->n_verifiers || !out->verifiers)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no key of the log is given");
	if (out->witnesses_least > out->n_witnesses || (out->n_witnesses && !out->witnesses))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu witnesses asked for, %zu given", out->witnesses_least,
				out->n_witnesses);
	if (!out->until_s)
		out->until_s = INT64_MAX;
	return CSTN_OK;
}

/* Did the log and enough witnesses sign the checkpoint? */
static cstn_status check_signed(const cstn_proof *proof, const cstn_proof_options *options,
		cstn_note **note, cstn_error **error)
{
	size_t witnesses = 0;
	cstn_status status = cstn_note_open(proof->checkpoint, proof->checkpoint_len,
			options->verifiers, options->n_verifiers, &proof->memory, note, error);

	if (status == CSTN_OK && options->n_witnesses)
		status = cstn_witness_count(proof->checkpoint, proof->checkpoint_len,
				options->witnesses, options->n_witnesses, options->from_s,
				options->until_s, options->allocator, &witnesses, error);
	if (status == CSTN_OK && witnesses < options->witnesses_least)
		status = cstn__fail(error, CSTN_E_UNVERIFIED,
				"%zu of %zu witnesses signed in time, %zu are needed", witnesses,
				options->n_witnesses, options->witnesses_least);
	return status;
}

static cstn_status check_entry(const cstn_proof *proof, const cstn_checkpoint *checkpoint,
		const void *entry, size_t entry_size, cstn_error **error)
{
	uint8_t leaf[CSTN__HASH];
	cstn_status status = cstn_merkle_hash_entry(entry, entry_size, leaf, error);

	if (status != CSTN_OK)
		return status;
	if (proof->index >= checkpoint->size)
		return cstn__fail(error, CSTN_E_PROOF,
				"index %" PRIu64 ", the checkpoint has %" PRIu64 " entries",
				proof->index, checkpoint->size);
	return cstn_merkle_verify_inclusion(proof->index, checkpoint->size, leaf, proof->hashes,
			proof->n, checkpoint->root, error);
}

cstn_status cstn_proof_verify(const char *text, size_t text_len, const void *entry,
		size_t entry_size, const cstn_proof_options *options, uint64_t *index,
		uint64_t *size, cstn_error **error)
{
	cstn_checkpoint checkpoint = CSTN_CHECKPOINT_INIT;
	cstn_proof_options read;
	cstn_proof *proof = NULL;
	cstn_note *note = NULL;
	cstn_status status = check_options(options, &read, error);

	if (status == CSTN_OK)
		status = cstn_proof_parse(text, text_len, read.allocator, &proof, error);
	if (status == CSTN_OK)
		status = check_signed(proof, &read, &note, error);
	if (status == CSTN_OK) {
		size_t len;
		const char *body = cstn_note_text(note, &len);

		status = cstn_checkpoint_parse(body, len, &checkpoint, error);
	}
	if (status == CSTN_OK && read.origin &&
			(strlen(read.origin) != checkpoint.origin_len ||
					memcmp(read.origin, checkpoint.origin,
							checkpoint.origin_len) != 0))
		status = cstn__fail(error, CSTN_E_UNVERIFIED, "the log is '%.*s', not '%s'",
				(int)checkpoint.origin_len, checkpoint.origin, read.origin);
	if (status == CSTN_OK)
		status = check_entry(proof, &checkpoint, entry, entry_size, error);
	if (status == CSTN_OK && index)
		*index = proof->index;
	if (status == CSTN_OK && size)
		*size = checkpoint.size;
	cstn_note_free(note);
	cstn_proof_free(proof);
	return status;
}
