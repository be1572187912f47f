/* What three partners' data are worth together, whose share that is, and whether two of them are
 * even. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

static cstn_status shares(cstn_error **error)
{
	static const char *const names[] = {"retailer", "carrier", "supplier"};
	/* [shapley] */
	/* what a forecast saves that knows the data of nobody, of the first, of the second, of
	 * both,
	 * ... */
	const int64_t values[] = {0, 60000, 10000, 90000, 30000, 100000, 40000, 150000};
	cstn_shapley_options options = CSTN_SHAPLEY_OPTIONS_INIT;
	cstn_shapley_share share[3];
	cstn_status status;
	int i;

	options.players = 3;
	options.values = values;
	status = cstn_value_shapley(&options, share, error);
	/* [shapley] */
	for (i = 0; i < 3 && status == CSTN_OK; i++)
		printf("%s %lld/%lld = %lld\n", names[i], (long long)share[i].numerator_low,
				(long long)share[i].denominator, (long long)share[i].whole);
	return status;
}

static cstn_status add(cstn_value_ledger *ledger, int32_t kind, uint32_t field_class, int64_t rows,
		int64_t worth_minor, cstn_error **error)
{
	cstn_value_row row = CSTN_VALUE_ROW_INIT;

	row.kind = kind;
	row.level = CSTN_LEVEL_AGGREGATED;
	row.constellation = "parcels";
	row.constellation_len = 7;
	row.party = "retailer";
	row.party_len = 8;
	row.counterparty = "carrier";
	row.counterparty_len = 7;
	row.field_class = field_class;
	row.fields = 3;
	row.rows = rows;
	row.completeness_permille = 990;
	if (kind == CSTN_VALUE_RELEASE)
		row.cost_out_minor = worth_minor;
	else
		row.utility_in_minor = worth_minor;
	return cstn_value_ledger_add(ledger, &row, error);
}

static cstn_status even(cstn_value_ledger *ledger, cstn_error **error)
{
	/* [reciprocity] */
	cstn_value_balance balance = CSTN_VALUE_BALANCE_INIT;
	cstn_status status = cstn_value_reciprocity(ledger, "retailer", 8, "carrier", 7, "parcels",
			7, 0, INT64_MIN, INT64_MAX, &balance, error);
	/* [reciprocity] */

	if (status == CSTN_OK)
		printf("given %lld, received %lld, difference %lld, at least %d permille\n",
				(long long)balance.given_minor, (long long)balance.received_minor,
				(long long)balance.difference_minor, balance.completeness_permille);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_value_ledger *ledger = NULL;
	cstn_status status = shares(&error);

	if (status == CSTN_OK)
		status = cstn_value_ledger_new(NULL, &ledger, &error);
	if (status == CSTN_OK)
		status = add(ledger, CSTN_VALUE_RELEASE, CSTN_CLASS_COMPETITIVE, 400, 52000,
				&error);
	if (status == CSTN_OK)
		status = add(ledger, CSTN_VALUE_RECEIPT, CSTN_CLASS_OPERATIONAL, 9000, 61000,
				&error);
	if (status == CSTN_OK)
		status = even(ledger, &error);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	cstn_value_ledger_free(ledger);
	return status != CSTN_OK;
}
