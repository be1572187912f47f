/* Two partners make sure that they mean the same by "perfect order". One builds the definition and
 * sends its text; the other reads it and compares the digest that stands in the contract. */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

/* [policy] */
static cstn_status build(cstn_service_policy **out, cstn_error **error)
{
	cstn_service_policy_builder *builder = NULL;
	cstn_status status = cstn_service_policy_builder_new(NULL, &builder, error);

	if (status == CSTN_OK)
		status = cstn_service_policy_builder_set(builder, "components", "TF", error);
	if (status == CSTN_OK)
		status = cstn_service_policy_builder_set(builder, "late_tolerance", "1", error);
	if (status == CSTN_OK)
		status = cstn_service_policy_builder_build(builder, out, error);
	cstn_service_policy_builder_free(builder);
	return status;
}
/* [policy] */

/* Where two policies differ. */
static void print_differences(const cstn_service_policy *a, const cstn_service_policy *b)
{
	for (size_t i = 0; i < cstn_service_policy_key_count(); i++) {
		const char *key = cstn_service_policy_key_at(i), *first = "", *second = "";

		/* The key exists, so that this cannot fail. */
		if (cstn_service_policy_get(a, key, &first, NULL) == CSTN_OK &&
				cstn_service_policy_get(b, key, &second, NULL) == CSTN_OK &&
				strcmp(first, second) != 0)
			printf("  %s: %s here, %s there (%s)\n", key, first, second,
					cstn_service_policy_meaning_at(i));
	}
}

int main(void)
{
	cstn_service_policy *ours = NULL, *theirs = NULL, *standard = NULL;
	cstn_error *error = NULL;
	const char *text;
	size_t length;
	cstn_status status = build(&ours, &error);

	if (status == CSTN_OK) {
		text = cstn_service_policy_format(ours, &length); /* what is sent */
		status = cstn_service_policy_parse(text, length, NULL, &theirs, &error);
	}
	if (status == CSTN_OK)
		status = cstn_service_policy_new(NULL, NULL, &standard, &error);
	if (status == CSTN_OK) {
		printf("ours   %s\n", cstn_service_policy_digest_text(ours));
		printf("theirs %s\n", cstn_service_policy_digest_text(theirs));
		printf("against the default policy:\n");
		print_differences(ours, standard);
		/* A key that does not exist is refused, with what was meant. */
		status = cstn_service_policy_get(ours, "late_tolerence", &text, &error);
		printf("%s: %s\n", cstn_status_name(status), cstn_error_message(error));
		status = status == CSTN_E_NOT_FOUND ? CSTN_OK : CSTN_E_INVALID_ARGUMENT;
	} else {
		fprintf(stderr, "%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	}
	cstn_error_free(error);
	cstn_service_policy_unref(standard);
	cstn_service_policy_unref(theirs);
	cstn_service_policy_unref(ours);
	return status == CSTN_OK ? 0 : 1;
}
