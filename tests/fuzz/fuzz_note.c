/* Signed notes: what opens begins with its text, and does not open with a bit of the text changed;
 * what a witness signs counts. */
#include "fuzz_keys.h"

static cstn_status open_note(const char *text, size_t len, const char *const *verifiers, size_t n)
{
	cstn_error *error = NULL;
	cstn_note *note = NULL;
	cstn_status status = cstn_note_open(text, len, verifiers, n, NULL, &note, &error);
	size_t i, body_len;

	fuzz_check_error(status, error);
	MUST((note != NULL) == (status == CSTN_OK));
	if (note == NULL)
		return status;
	MUST(cstn_note_verified_count(note) >= 1);
	MUST(cstn_note_verified_count(note) <= cstn_note_count(note));
	MUST(memcmp(cstn_note_text(note, &body_len), text, 0) == 0);
	MUST(body_len > 0 && body_len < len);
	MUST(memcmp(cstn_note_text(note, NULL), text, body_len) == 0);
	for (i = 0; i < cstn_note_count(note); i++)
		MUST(cstn_note_name(note, i)[0] != 0);
	for (i = 0; i < cstn_note_verified_count(note); i++)
		MUST(strcmp(cstn_note_name(note, i), "fuzz.example") == 0);
	cstn_note_free(note);
	return status;
}

static void cosign(const char *text, size_t len, const char *verifier, const fuzz_keys *witness)
{
	cstn_error *error = NULL;
	cstn_buffer *line = NULL;
	cstn_status status = cstn_witness_cosign(
			text, len, &verifier, 1, witness->signer, 77, NULL, NULL, &line, &error);
	const char *keys = witness->verifier;
	size_t count = 0;
	char *longer;

	fuzz_check_error(status, error);
	MUST((line != NULL) == (status == CSTN_OK));
	if (line == NULL)
		return;
	longer = malloc(len + cstn_buffer_size(line));
	MUST(longer != NULL);
	memcpy(longer, text, len);
	memcpy(longer + len, cstn_buffer_data(line), cstn_buffer_size(line));
	error = NULL;
	status = cstn_witness_count(longer, len + cstn_buffer_size(line), &keys, 1, 77, 78, NULL,
			&count, &error);
	fuzz_check_error(status, error);
	/* It has signed before with another time, or there are a hundred lines. */
	MUST(status != CSTN_OK || count == 1 || strstr(text, "fuzz.example") != NULL);
	free(longer);
	cstn_buffer_free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_keys owner, witness;
	const char *verifiers[2];
	char *text;

	fuzz_make_keys(CSTN_NOTE_KEY_SIGN, &owner);
	fuzz_make_keys(CSTN_NOTE_KEY_WITNESS, &witness);
	verifiers[0] = owner.verifier;
	verifiers[1] = witness.verifier;
	text = malloc(size + 1);
	MUST(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (open_note(text, size, verifiers, 1) == CSTN_OK) {
		text[0] ^= 1;
		MUST(open_note(text, size, verifiers, 1) != CSTN_OK);
		text[0] ^= 1;
	}
	(void)open_note(text, size, verifiers, 2);
	cosign(text, size, owner.verifier, &witness);
	free(text);
	return 0;
}
