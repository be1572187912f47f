#include "psi_fixture.h"

#include <stdio.h>

#include "suite.h"

void psi_values_make(psi_values *values, size_t from, size_t n, size_t step)
{
	size_t at = 0;

	values->n = n;
	for (size_t i = 0; i < n; i++) {
		at += (size_t)snprintf((char *)values->bytes + at, sizeof(values->bytes) - at,
				"v%zu", from + i * step);
		values->ends[i] = at;
	}
}

cstn_psi_options psi_options(int32_t mode)
{
	static const uint8_t agreement[32] = {1, 2, 3};
	cstn_psi_options options = CSTN_PSI_OPTIONS_INIT;

	options.agreement = agreement;
	options.kind = "gtin";
	options.kind_log2 = 40;
	options.mode = mode;
	options.direction = CSTN_PSI_TO_RECIPIENT;
	options.threads = 1;
	return options;
}

cstn_psi_receiver *psi_receiver(const cstn_psi_options *options, const psi_values *values)
{
	cstn_psi_receiver *receiver;

	ck_assert_int_eq(cstn_psi_receiver_new(options, NULL, &receiver, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(
					 receiver, values->bytes, values->ends, values->n, NULL),
			CSTN_OK);
	return receiver;
}

cstn_psi_sender *psi_sender(const cstn_psi_options *options, const psi_values *values)
{
	cstn_psi_sender *sender;

	ck_assert_int_eq(cstn_psi_sender_new(options, NULL, &sender, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_add(sender, values->bytes, values->ends, values->n, NULL),
			CSTN_OK);
	return sender;
}

cstn_status psi_run(cstn_psi_receiver *receiver, cstn_psi_sender *sender, cstn_psi_result *result)
{
	const cstn_psi_result fresh = CSTN_PSI_RESULT_INIT;
	cstn_buffer *request = NULL, *reply = NULL;
	cstn_status status = cstn_psi_receiver_request(receiver, &request, NULL);

	*result = fresh;
	if (status == CSTN_OK)
		status = cstn_psi_sender_reply(sender, cstn_buffer_data(request),
				cstn_buffer_size(request), &reply, NULL);
	if (status == CSTN_OK)
		status = cstn_psi_receiver_finish(receiver, cstn_buffer_data(reply),
				cstn_buffer_size(reply), result, NULL);
	cstn_buffer_free(request);
	cstn_buffer_free(reply);
	return status;
}

cstn_status psi_repeatable(void *user, uint8_t *out, size_t size)
{
	uint64_t *state = user;

	for (size_t i = 0; i < size; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[i] = (uint8_t)(*state >> 56);
	}
	return CSTN_OK;
}
