/* A program that uses the installed library: C99, and C++11 when it is compiled as that. It needs
 * something of each library behind ours: SHA-256 for the digest of a policy, and gzip for CSV. */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_service_policy *policy = NULL;
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;
	const char *columns = "order_id int64\n";

	if (cstn_version_number() < CSTN_VERSION_NUMBER)
		return 1;
	if (cstn_rate_interval(9, 10, 0, &rate, NULL) != CSTN_OK || rate.numerator != 9)
		return 2;
	if (cstn_service_policy_new("components=TF", NULL, &policy, NULL) != CSTN_OK)
		return 3;
	if (strlen(cstn_service_policy_digest_text(policy)) != 64)
		return 4;
	if (cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL) != CSTN_OK)
		return 5;
	if (cstn_csv_reader_open("/nonexistent.csv", schema, &options, NULL, &reader, &error) !=
			CSTN_E_IO)
		return 6;
	printf("%s %.4f %s\n", cstn_version_text(), rate.value, cstn_error_message(error));
	cstn_error_free(error);
	cstn_schema_unref(schema);
	cstn_service_policy_unref(policy);
	return 0;
}
