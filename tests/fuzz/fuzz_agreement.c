/* Messages, agreements, transitions, receipts, waivers and states as text: what is read is written
 * back byte for byte, and what a parser refuses it refuses with an error. The first byte says
 * which. */
#include "fuzz.h"

static void check_buffer(
		cstn_status status, cstn_error *error, cstn_buffer *made, const fuzz_source *source)
{
	fuzz_check_error(status, error);
	MUST(status == CSTN_OK);
	MUST(cstn_buffer_size(made) == source->size);
	MUST(memcmp(cstn_buffer_data(made), source->data, source->size) == 0);
	cstn_buffer_free(made);
}

static void message(const fuzz_source *source)
{
	cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;
	cstn_error *error = NULL;
	cstn_status status = cstn_negotiation_message_parse(
			(const char *)source->data, source->size, &m, &error);
	cstn_buffer *made = NULL;

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	error = NULL;
	status = cstn_negotiation_message_format(&m, NULL, &made, &error);
	check_buffer(status, error, made, source);
}

static void transition(const fuzz_source *source)
{
	cstn_transition t = CSTN_TRANSITION_INIT;
	cstn_error *error = NULL;
	cstn_status status =
			cstn_transition_parse((const char *)source->data, source->size, &t, &error);
	cstn_buffer *made = NULL;

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	error = NULL;
	status = cstn_transition_format(&t, NULL, &made, &error);
	check_buffer(status, error, made, source);
}

static void receipt(const fuzz_source *source)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;
	cstn_error *error = NULL;
	cstn_status status =
			cstn_receipt_parse((const char *)source->data, source->size, &r, &error);
	cstn_buffer *made = NULL;

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	error = NULL;
	status = cstn_receipt_format(&r, NULL, &made, &error);
	check_buffer(status, error, made, source);
}

static void waiver(const fuzz_source *source)
{
	cstn_waiver w = CSTN_WAIVER_INIT;
	cstn_error *error = NULL;
	cstn_status status =
			cstn_waiver_parse((const char *)source->data, source->size, &w, &error);
	cstn_buffer *made = NULL;

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	error = NULL;
	status = cstn_waiver_format(&w, NULL, &made, &error);
	check_buffer(status, error, made, source);
}

static void negotiation(const fuzz_source *source)
{
	cstn_negotiation *n = NULL;
	cstn_error *error = NULL;
	cstn_status status =
			cstn_negotiation_deserialize(source->data, source->size, NULL, &n, &error);
	cstn_buffer *made = NULL;

	fuzz_check_error(status, error);
	MUST((n != NULL) == (status == CSTN_OK));
	if (n == NULL)
		return;
	error = NULL;
	status = cstn_negotiation_serialize(n, &made, &error);
	check_buffer(status, error, made, source);
	cstn_negotiation_unref(n);
}

/* Whatever is read can be asked at any instant. */
static void ask(const cstn_agreement *a)
{
	static const int64_t instants[] = {INT64_MIN, 0, 150, INT64_MAX};
	size_t i;

	for (i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
		cstn_agreement_info info = CSTN_AGREEMENT_INFO_INIT;

		MUST(cstn_agreement_get_info(a, instants[i], &info, NULL) == CSTN_OK);
		MUST(info.state >= CSTN_AGREEMENT_PENDING &&
				info.state <= CSTN_AGREEMENT_SUPERSEDED);
		MUST(!info.decides || info.holds == 0);
		MUST(!info.decides || info.state == CSTN_AGREEMENT_ACTIVE ||
				info.state == CSTN_AGREEMENT_RETIRING);
	}
}

static void store(const fuzz_source *source)
{
	cstn_agreement_store *s = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_agreement_store_deserialize(
			source->data, source->size, NULL, &s, &error);
	cstn_buffer *made = NULL;
	size_t i;

	fuzz_check_error(status, error);
	MUST((s != NULL) == (status == CSTN_OK));
	if (s == NULL)
		return;
	for (i = 0; i < cstn_agreement_store_count(s); i++)
		ask(cstn_agreement_store_at(s, i));
	error = NULL;
	status = cstn_agreement_store_serialize(s, &made, &error);
	fuzz_check_error(status, error);
	MUST(status == CSTN_OK);
	cstn_buffer_free(made);
	cstn_agreement_store_free(s);
}

static void agreement(const fuzz_source *source)
{
	cstn_agreement *a = NULL;
	cstn_error *error = NULL;
	cstn_status status =
			cstn_agreement_deserialize(source->data, source->size, NULL, &a, &error);
	cstn_buffer *made = NULL;

	fuzz_check_error(status, error);
	MUST((a != NULL) == (status == CSTN_OK));
	if (a == NULL)
		return;
	ask(a);
	error = NULL;
	status = cstn_agreement_serialize(a, &made, &error);
	check_buffer(status, error, made, source);
	cstn_agreement_unref(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const fuzz_source *) = {
			message, transition, receipt, negotiation, agreement, store, waiver};
	fuzz_source source = {data, size};
	uint8_t which = fuzz_u8(&source);

	readers[which % (sizeof(readers) / sizeof(readers[0]))](&source);
	return 0;
}
