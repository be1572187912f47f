/* Private set intersection with sides that do not agree, or cheat. */
#include "psi_fixture.h"
#include "sharing/psi.h"
#include "suite.h"

static psi_values left, right;

START_TEST(sides_that_do_not_agree_are_told_on_what)
{
	static const char *const words[] = {
			"agreement", "kind of identifiers", "mode", "direction", "least overlap"};
	static const uint8_t other[32] = {7};

	psi_values_make(&left, 0, 3, 1);
	for (int i = 0; i < 5; i++) {
		cstn_psi_options options = psi_options(CSTN_PSI_ITEMS), changed = options;
		cstn_psi_receiver *receiver;
		cstn_psi_sender *sender;
		cstn_buffer *request, *reply;
		cstn_error *error = NULL;

		if (i == 0)
			changed.agreement = other;
		else if (i == 1)
			changed.kind = "gtim";
		else if (i == 2)
			changed.mode = CSTN_PSI_SIZE;
		else if (i == 3)
			changed.direction = CSTN_PSI_TO_PROVIDER;
		else
			changed.least_overlap = 1;
		receiver = psi_receiver(&options, &left);
		sender = psi_sender(&changed, &left);
		ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
						 cstn_buffer_size(request), &reply, &error),
				CSTN_E_MISMATCH);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), words[i]));
		cstn_error_free(error);
		cstn_buffer_free(request);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
	}
}
END_TEST

/* A request and its reply, as bytes that can be changed. */
typedef struct exchange {
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	uint8_t *request, *reply;
	size_t request_size, reply_size;
} exchange;

static uint8_t *copy_of(cstn_buffer *buffer, size_t *size)
{
	uint8_t *out;

	*size = cstn_buffer_size(buffer);
	out = malloc(*size);
	ck_assert_ptr_nonnull(out);
	memcpy(out, cstn_buffer_data(buffer), *size);
	cstn_buffer_free(buffer);
	return out;
}

static exchange exchanged(int32_t mode)
{
	cstn_psi_options options = psi_options(mode);
	cstn_buffer *buffer;
	exchange at;

	psi_values_make(&left, 0, 12, 1);
	psi_values_make(&right, 6, 12, 1);
	at.receiver = psi_receiver(&options, &left);
	at.sender = psi_sender(&options, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(at.receiver, &buffer, NULL), CSTN_OK);
	at.request = copy_of(buffer, &at.request_size);
	ck_assert_int_eq(cstn_psi_sender_reply(
					 at.sender, at.request, at.request_size, &buffer, NULL),
			CSTN_OK);
	at.reply = copy_of(buffer, &at.reply_size);
	return at;
}

static cstn_status finish_with(exchange *at, const uint8_t *reply, size_t size)
{
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;

	return cstn_psi_receiver_finish(at->receiver, reply, size, &result, NULL);
}

static void drop(exchange *at)
{
	free(at->request);
	free(at->reply);
	cstn_psi_receiver_free(at->receiver);
	cstn_psi_sender_free(at->sender);
}

START_TEST(sender_with_two_keys_is_caught_by_the_proof)
{
	exchange at = exchanged(CSTN_PSI_ITEMS);
	uint8_t other[32] = {5}, evaluation[32];

	/* One element of the sixteen under another key: whoever it is would be marked. */
	for (size_t i = 0; i < 16; i++) {
		uint8_t *place = at.reply + 136 + 32 + 32 * i;

		memcpy(evaluation, place, 32);
		ck_assert_int_eq(cstn__oprf_multiply(other, at.request + 136 + 32 * i, place), 0);
		ck_assert_int_eq(finish_with(&at, at.reply, at.reply_size), CSTN_E_PROOF);
		memcpy(place, evaluation, 32);
	}
	/* Two of them exchanged. */
	memcpy(evaluation, at.reply + 136 + 32, 32);
	memcpy(at.reply + 136 + 32, at.reply + 136 + 64, 32);
	memcpy(at.reply + 136 + 64, evaluation, 32);
	ck_assert_int_eq(finish_with(&at, at.reply, at.reply_size), CSTN_E_PROOF);
	memcpy(at.reply + 136 + 64, at.reply + 136 + 32, 32);
	memcpy(at.reply + 136 + 32, evaluation, 32);
	ck_assert_int_eq(finish_with(&at, at.reply, at.reply_size), CSTN_OK);
	ck_assert_int_eq(finish_with(&at, at.reply, at.reply_size), CSTN_E_STATE);
	drop(&at);
}
END_TEST

/* The element of the request that stands for an identifier, from what the receiver drew: in the
 * mode SIZE, behind the id of the run, the blind of all. */
static const uint8_t *element_of(const exchange *at, const char *value, uint8_t hashed[32])
{
	static const uint8_t agreement[32] = {1, 2, 3};
	uint8_t input[128], drawn[16 + 64], blind[32], element[32];
	size_t len = strlen(value), n = 0;
	uint64_t state = 42;

	psi_repeatable(&state, drawn, 16);
	psi_repeatable(&state, drawn + 16, 64);
	ck_assert_int_eq(cstn__oprf_scalar(drawn + 16, blind), 0);
	memcpy(input, "cstn/psi/v1", 11);
	memcpy(input + 11, agreement, 32);
	input[43] = CSTN_PSI_TO_RECIPIENT;
	memcpy(input + 44, drawn, 16);
	input[60] = 0;
	input[61] = (uint8_t)len;
	memcpy(input + 62, value, len);
	cstn__oprf_hash_to_group(CSTN__OPRF_VERIFIABLE, input, 62 + len, hashed);
	ck_assert_int_eq(cstn__oprf_multiply(blind, hashed, element), 0);
	while (n < 16 && memcmp(at->request + 136 + 32 * n, element, 32) != 0)
		n++;
	ck_assert_uint_lt(n, 16);
	return at->request + 136 + 32 * n;
}

/* A receiver of one identifier, "v0", in the mode SIZE, whose randomness is known. */
static exchange asked_for_sizes(void)
{
	cstn_psi_options options = psi_options(CSTN_PSI_SIZE);
	exchange at = {0};
	uint64_t state = 42;
	cstn_buffer *buffer;

	options.entropy = psi_repeatable;
	options.entropy_user = &state;
	psi_values_make(&left, 0, 1, 1);
	at.receiver = psi_receiver(&options, &left);
	ck_assert_int_eq(cstn_psi_receiver_request(at.receiver, &buffer, NULL), CSTN_OK);
	at.request = copy_of(buffer, &at.request_size);
	return at;
}

/* What a sender makes of it that knows the identifier and uses another key for each of the first
 * `keys` evaluations, of that one element, the last key for the other evaluations. */
static void cheat(exchange *at, size_t keys)
{
	uint8_t hashed[32], product[32];
	const uint8_t *known = element_of(at, "v0", hashed);
	uint8_t *elements, *tokens;

	at->reply_size = 136 + 16 * 32 + 16 * 16;
	at->reply = calloc(1, at->reply_size);
	ck_assert_ptr_nonnull(at->reply);
	memcpy(at->reply, at->request, 136);
	at->reply[8] = 2;
	at->reply[65] = 4;
	elements = at->reply + 136;
	tokens = elements + 16 * 32;
	for (uint8_t i = 0; i < 16; i++) {
		uint8_t key[32] = {(uint8_t)(i + 3)};
		const uint8_t *from = i < keys ? known : at->request + 136 + 32 * i;

		if (i >= keys && from == known) /* used already */
			from = at->request + 136;
		ck_assert_int_eq(cstn__oprf_multiply(key, from, elements + 32 * i), 0);
		ck_assert_int_eq(cstn__oprf_multiply(key, hashed, product), 0);
		cstn__psi_token_plain(product, tokens + 16 * i);
	}
	cstn__psi_sort(elements, 16, 32);
	cstn__psi_sort(tokens, 16, 16);
}

START_TEST(size_above_that_of_the_own_set_is_refused_and_below_it_is_believed)
{
	static const struct {
		size_t keys;
		cstn_status status;
		uint64_t common;
	} cases[] = {{2, CSTN_E_PROOF, 0}, {16, CSTN_E_PROOF, 0}, {1, CSTN_OK, 1}, {0, CSTN_OK, 0}};
	exchange at;

	for (size_t i = 0; i < 4; i++) {
		cstn_psi_result result = CSTN_PSI_RESULT_INIT;

		at = asked_for_sizes();
		cheat(&at, cases[i].keys);
		ck_assert_int_eq(cstn_psi_receiver_finish(at.receiver, at.reply, at.reply_size,
						 &result, NULL),
				cases[i].status);
		ck_assert_uint_eq(result.common, cases[i].common);
		drop(&at);
	}
}
END_TEST

START_TEST(reply_with_any_changed_byte_before_its_tokens_is_refused)
{
	exchange at = exchanged(CSTN_PSI_ITEMS);
	size_t tokens = at.reply_size - 16 * 16;

	for (size_t i = 0; i < tokens; i += 1 + (size_t)(i > 140) * 6) {
		at.reply[i] ^= 4;
		ck_assert_int_ne(finish_with(&at, at.reply, at.reply_size), CSTN_OK);
		at.reply[i] ^= 4;
	}
	for (size_t cut = 0; cut < at.reply_size; cut += 3)
		ck_assert_int_eq(finish_with(&at, at.reply, cut), CSTN_E_FORMAT);
	ck_assert_int_eq(finish_with(&at, at.reply, at.reply_size), CSTN_OK);
	drop(&at);
}
END_TEST

START_TEST(request_that_breaks_its_form_is_refused_at_its_byte)
{
	exchange at = exchanged(CSTN_PSI_SIZE);
	cstn_psi_options options = psi_options(CSTN_PSI_SIZE);
	static const struct {
		size_t byte;
		uint8_t value;
		const char *says;
	} cases[] = {{0, 'X', "byte 0"}, {8, 2, "byte 8"}, {9, 3, "byte 9"}, {10, 0, "byte 10"},
			{11, 2, "byte 11"}, {64, 3, "byte 64"}, {64, 18, "byte 64"},
			{65, 4, "byte 65"}, {66, 1, "byte 66"}, {71, 1, "byte 71"},
			{72, 0, "byte 72"}, {80, 1, "byte 80"}, {136 + 32, 0, "byte"}};
	cstn_psi_sender *sender = psi_sender(&options, &right);
	cstn_buffer *reply;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *bytes = malloc(at.request_size);
		cstn_error *error = NULL;

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, at.request, at.request_size);
		bytes[cases[i].byte] = cases[i].value;
		if (i == 12) /* not ascending */
			memset(bytes + 136 + 32, 0, 32);
		ck_assert_int_eq(cstn_psi_sender_reply(
						 sender, bytes, at.request_size, &reply, &error),
				CSTN_E_FORMAT);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), cases[i].says));
		cstn_error_free(error);
		free(bytes);
	}
	memset(at.request + 136, 0, 32); /* the identity, which stays ascending */
	ck_assert_int_eq(cstn_psi_sender_reply(sender, at.request, at.request_size, &reply, NULL),
			CSTN_E_FORMAT);
	cstn_psi_sender_free(sender);
	drop(&at);
}
END_TEST

START_TEST(reply_to_another_request_is_refused)
{
	exchange one = exchanged(CSTN_PSI_ITEMS), two = exchanged(CSTN_PSI_ITEMS);
	cstn_buffer *again;

	ck_assert_int_eq(finish_with(&one, two.reply, two.reply_size), CSTN_E_MISMATCH);
	ck_assert_int_eq(finish_with(&one, one.reply, one.reply_size), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_request(one.receiver, &again, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_psi_sender_reply(
					 one.sender, one.request, one.request_size, &again, NULL),
			CSTN_E_STATE);
	drop(&one);
	drop(&two);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sides_that_do_not_agree_are_told_on_what,
			sender_with_two_keys_is_caught_by_the_proof,
			size_above_that_of_the_own_set_is_refused_and_below_it_is_believed,
			reply_with_any_changed_byte_before_its_tokens_is_refused,
			request_that_breaks_its_form_is_refused_at_its_byte,
			reply_to_another_request_is_refused};

	return run_tests("psi_cheat", tests, sizeof(tests) / sizeof(tests[0]));
}
