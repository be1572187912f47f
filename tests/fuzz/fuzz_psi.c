/* Messages of private set intersection, and cells of a vault: any bytes give an answer or an error.
 *
 * The first byte chooses: bit 0 a request to a sender or a reply to a receiver, bit 1 the mode, bit
 * 2 whether what follows is the message itself or edits of a valid one (place in two bytes, byte; a
 * place past the end cuts it there), bit 3 a sealed cell in place of a message. What is accepted
 * gives the result of the valid one: bytes that were not changed, or tokens that stand for nobody.
 */
#include "fuzz.h"

enum { VALUES = 3 };

/* The same bytes at each run. */
static cstn_status count_up(void *user, uint8_t *out, size_t size)
{
	uint64_t *state = user;

	for (size_t i = 0; i < size; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[i] = (uint8_t)(*state >> 56);
	}
	return CSTN_OK;
}

typedef struct run {
	uint64_t state;
	cstn_psi_options options;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_buffer *request, *reply;
} run;

static void begin(run *at, int32_t mode)
{
	static const uint8_t agreement[CSTN_PSI_DIGEST_SIZE] = {1};
	static const uint64_t ends[VALUES] = {1, 2, 3};
	const cstn_psi_options fresh = CSTN_PSI_OPTIONS_INIT;

	memset(at, 0, sizeof(*at));
	at->state = 7;
	at->options = fresh;
	at->options.agreement = agreement;
	at->options.kind = "gtin";
	at->options.kind_log2 = 40;
	at->options.mode = mode;
	at->options.direction = CSTN_PSI_TO_RECIPIENT;
	at->options.threads = 1;
	at->options.entropy = count_up;
	at->options.entropy_user = &at->state;
	MUST(cstn_psi_receiver_new(&at->options, NULL, &at->receiver, NULL) == CSTN_OK);
	MUST(cstn_psi_sender_new(&at->options, NULL, &at->sender, NULL) == CSTN_OK);
	MUST(cstn_psi_receiver_add(at->receiver, (const uint8_t *)"abc", ends, VALUES, NULL) ==
			CSTN_OK);
	MUST(cstn_psi_sender_add(at->sender, (const uint8_t *)"bcd", ends, VALUES, NULL) ==
			CSTN_OK);
	MUST(cstn_psi_receiver_request(at->receiver, &at->request, NULL) == CSTN_OK);
}

static void end(run *at)
{
	cstn_buffer_free(at->request);
	cstn_buffer_free(at->reply);
	cstn_psi_receiver_free(at->receiver);
	cstn_psi_sender_free(at->sender);
}

/* A valid message with edits, in memory of its exact size. */
static uint8_t *edited(const cstn_buffer *valid, const uint8_t *edits, size_t n, size_t *size)
{
	uint8_t *out;

	*size = cstn_buffer_size(valid);
	for (size_t i = 0; i + 3 <= n; i += 3) {
		size_t place = (size_t)edits[i] << 8 | edits[i + 1];

		if (place >= cstn_buffer_size(valid) && *size > edits[i + 2])
			*size -= edits[i + 2];
	}
	out = malloc(*size ? *size : 1);
	MUST(out != NULL);
	memcpy(out, cstn_buffer_data(valid), *size);
	for (size_t i = 0; i + 3 <= n; i += 3) {
		size_t place = (size_t)edits[i] << 8 | edits[i + 1];

		if (place < *size)
			out[place] ^= edits[i + 2];
	}
	return out;
}

static void to_sender(run *at, const uint8_t *request, size_t size)
{
	cstn_buffer *reply = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_psi_sender_reply(at->sender, request, size, &reply, &error);

	fuzz_check_error(status, error);
	MUST((status == CSTN_OK) == (reply != NULL));
	MUST(status == CSTN_OK || status == CSTN_E_FORMAT || status == CSTN_E_MISMATCH);
	cstn_buffer_free(reply);
}

static void to_receiver(run *at, const uint8_t *reply, size_t size)
{
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_error *error = NULL;
	cstn_status status = cstn_psi_receiver_finish(at->receiver, reply, size, &result, &error);

	fuzz_check_error(status, error);
	MUST(status == CSTN_OK || status == CSTN_E_FORMAT || status == CSTN_E_MISMATCH ||
			status == CSTN_E_PROOF);
	MUST(status != CSTN_OK || result.common <= VALUES - 1); /* never one that is not there */
	MUST(status == CSTN_OK || result.common == 0);
}

static void message(uint8_t how, const uint8_t *data, size_t size)
{
	int to = how & 1;
	const cstn_buffer *valid;
	uint8_t *bytes;
	size_t n;
	run at;

	begin(&at, how & 2 ? CSTN_PSI_SIZE : CSTN_PSI_ITEMS);
	if (to == 1)
		MUST(cstn_psi_sender_reply(at.sender, cstn_buffer_data(at.request),
				     cstn_buffer_size(at.request), &at.reply, NULL) == CSTN_OK);
	valid = to == 1 ? at.reply : at.request;
	if (how & 4) {
		bytes = edited(valid, data, size, &n);
	} else {
		n = size;
		bytes = malloc(n ? n : 1);
		MUST(bytes != NULL);
		memcpy(bytes, data, n);
	}
	if (to == 1)
		to_receiver(&at, bytes, n);
	else
		to_sender(&at, bytes, n);
	free(bytes);
	end(&at);
}

static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 1, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

/* A sealed cell with edits opens to its value, or not at all. */
static void cell(uint8_t how, const uint8_t *data, size_t size)
{
	const cstn_vault_cell one = {"s", "r", "p.q", (const uint8_t *)"value", 5,
			CSTN_VAULT_CONTACT, CSTN_VAULT_FORM_NONE, 1, 0};
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_buffer *sealed, *value = NULL;
	cstn_error *error = NULL;
	cstn_vault *vault;
	uint8_t *bytes;
	cstn_status status;
	size_t n;

	options.root_key = root_key;
	MUST(cstn_vault_open(NULL, &options, NULL, &vault, NULL) == CSTN_OK);
	MUST(cstn_vault_seal(vault, &one, 1, &sealed, NULL) == CSTN_OK);
	bytes = edited(sealed, data, how & 4 ? size : 0, &n);
	status = cstn_vault_unseal(vault, bytes, n, "r", "p.q", 1, &value, &error);
	fuzz_check_error(status, error);
	MUST((status == CSTN_OK) ==
			(n == cstn_buffer_size(sealed) &&
					memcmp(bytes, cstn_buffer_data(sealed), n) == 0));
	MUST(status != CSTN_OK || strcmp((const char *)cstn_buffer_data(value), "value") == 0);
	free(bytes);
	cstn_buffer_free(value);
	cstn_buffer_free(sealed);
	cstn_vault_free(vault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = size ? data[0] : 0;

	if (size > 65536)
		return 0;
	if (how & 8)
		cell(how, data + (size > 0), size - (size > 0));
	else
		message(how, data + (size > 0), size - (size > 0));
	return 0;
}
