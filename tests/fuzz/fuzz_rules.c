/* Texts of rules for customers: policies of relationship stages and definitions of journeys. Each
 * is refused, or has a canonical text that reads back to itself under the same digest. */
#include "fuzz.h"

static void stage_policy(const char *text, size_t len)
{
	cstn_stage_policy *policy = NULL, *again = NULL;
	uint8_t digests[2][CSTN_STAGE_DIGEST_SIZE];
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_policy_parse(text, len, NULL, &policy, &error);
	const char *canonical;
	size_t size = 0;

	fuzz_check_error(status, error);
	MUST((policy != NULL) == (status == CSTN_OK));
	if (policy == NULL)
		return;
	canonical = cstn_stage_policy_format(policy, &size);
	MUST(cstn_stage_policy_parse(canonical, size, NULL, &again, NULL) == CSTN_OK);
	MUST(strcmp(canonical, cstn_stage_policy_format(again, NULL)) == 0);
	cstn_stage_policy_digest(policy, digests[0]);
	cstn_stage_policy_digest(again, digests[1]);
	MUST(memcmp(digests[0], digests[1], sizeof(digests[0])) == 0);
	cstn_stage_policy_unref(again);
	cstn_stage_policy_unref(policy);
}

static void journey_definition(const char *text, size_t len)
{
	cstn_journey_definition *definition = NULL, *again = NULL;
	uint8_t digests[2][CSTN_JOURNEY_DIGEST_SIZE];
	cstn_error *error = NULL;
	cstn_status status = cstn_journey_definition_parse(text, len, NULL, &definition, &error);
	const char *canonical;
	size_t size = 0;

	fuzz_check_error(status, error);
	MUST((definition != NULL) == (status == CSTN_OK));
	if (definition == NULL)
		return;
	canonical = cstn_journey_definition_format(definition, &size);
	MUST(cstn_journey_definition_parse(canonical, size, NULL, &again, NULL) == CSTN_OK);
	MUST(strcmp(canonical, cstn_journey_definition_format(again, NULL)) == 0);
	cstn_journey_definition_digest(definition, digests[0]);
	cstn_journey_definition_digest(again, digests[1]);
	MUST(memcmp(digests[0], digests[1], sizeof(digests[0])) == 0);
	cstn_journey_definition_unref(again);
	cstn_journey_definition_unref(definition);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	stage_policy(text, size);
	journey_definition(text, size);
	free(text);
	return 0;
}
