/* Two sellers want to know which items both of them stock, and nothing of the others: a request, a
 * reply, an intersection. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

/* Identifiers as bytes and ends. */
typedef struct items {
	uint8_t bytes[256];
	uint64_t ends[8];
	size_t n;
} items;

static items items_of(const char *const *texts, size_t n)
{
	items out = {.n = n};
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(out.bytes + at, texts[i], strlen(texts[i]));
		at += strlen(texts[i]);
		out.ends[i] = at;
	}
	return out;
}

static cstn_psi_options options_of(void)
{
	/* [options] */
	static const uint8_t agreement[CSTN_PSI_DIGEST_SIZE] = {0x5a}; /* of what both signed */
	cstn_psi_options options = CSTN_PSI_OPTIONS_INIT;

	options.agreement = agreement;
	options.kind = "gtin";
	options.kind_log2 = 40; /* 2^40 GTINs are plausible: too many to try */
	options.mode = CSTN_PSI_ITEMS;
	options.direction = CSTN_PSI_TO_RECIPIENT;
	options.least_overlap = 2; /* of fewer only that is told */
	/* [options] */
	return options;
}

/* The other company: it gets bytes and gives bytes. */
static cstn_status answer(const cstn_buffer *request, cstn_buffer **reply, cstn_error **error)
{
	static const char *const texts[] = {"04012345123456", "00614141999996", "09506000134352"};
	const items stock = items_of(texts, 3);
	/* [sender] */
	const cstn_psi_options options = options_of();
	cstn_psi_sender *sender = NULL;
	cstn_status status = cstn_psi_sender_new(&options, NULL, &sender, error);

	if (status == CSTN_OK)
		status = cstn_psi_sender_add(sender, stock.bytes, stock.ends, stock.n, error);
	if (status == CSTN_OK)
		status = cstn_psi_sender_reply(sender, cstn_buffer_data(request),
				cstn_buffer_size(request), reply, error);
	cstn_psi_sender_free(sender);
	/* [sender] */
	return status;
}

static cstn_status run(cstn_error **error)
{
	static const char *const texts[] = {
			"09506000134352", "07612345678900", "04012345123456", "00614141000036"};
	const items stock = items_of(texts, 4);
	/* [receiver] */
	const cstn_psi_options options = options_of();
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_psi_receiver *receiver = NULL;
	cstn_buffer *request = NULL, *reply = NULL;
	cstn_status status = cstn_psi_receiver_new(&options, NULL, &receiver, error);

	if (status == CSTN_OK)
		status = cstn_psi_receiver_add(receiver, stock.bytes, stock.ends, stock.n, error);
	if (status == CSTN_OK)
		status = cstn_psi_receiver_request(receiver, &request, error);
	if (status == CSTN_OK)
		status = answer(request, &reply, error); /* over any channel */
	if (status == CSTN_OK)
		status = cstn_psi_receiver_finish(receiver, cstn_buffer_data(reply),
				cstn_buffer_size(reply), &result, error);
	/* [receiver] */
	if (status == CSTN_OK) {
		size_t n;
		const uint64_t *common = cstn_psi_receiver_common(receiver, &n);

		printf("%d of %d in common; sizes declared %d and %d\n", (int)result.common,
				(int)result.own, (int)result.own_declared,
				(int)result.their_declared);
		for (size_t i = 0; i < n; i++)
			printf("%s\n", texts[common[i]]);
	}
	cstn_buffer_free(request);
	cstn_buffer_free(reply);
	cstn_psi_receiver_free(receiver);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = run(&error);

	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
