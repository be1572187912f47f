/* Policy text: canonical text is refused or comes back byte for byte; a change list gives a policy
 * whose text is canonical. */
#include "fuzz.h"

static void parse(const char *text, size_t len)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_parse(text, len, NULL, &policy, &error);
	size_t out_len = 0;

	fuzz_check_error(status, error);
	MUST((policy != NULL) == (status == CSTN_OK));
	if (policy == NULL)
		return;
	MUST(memcmp(cstn_service_policy_format(policy, &out_len), text, len) == 0);
	MUST(out_len == len);
	cstn_service_policy_unref(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_service_policy *policy = NULL;
	cstn_service_policy *again = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	char *text = malloc(size + 1);
	size_t len = 0;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	parse(text, size);
	status = cstn_service_policy_new(text, NULL, &policy, &error);
	fuzz_check_error(status, error);
	if (status == CSTN_OK) {
		const char *canonical = cstn_service_policy_format(policy, &len);

		MUST(cstn_service_policy_parse(canonical, len, NULL, &again, NULL) == CSTN_OK);
		MUST(strcmp(cstn_service_policy_digest_text(policy),
				     cstn_service_policy_digest_text(again)) == 0);
		cstn_service_policy_unref(again);
	}
	cstn_service_policy_unref(policy);
	free(text);
	return 0;
}
