/* A hub tells a carrier what its shippers send: how well the rows hide who they are of, the cells
 * that may be told, and a count with noise that is paid for out of a budget. */
#include <stdio.h>
#include <string.h>

#include "example_rows.h"

#define COLUMNS "shipper text\ntown text\nage int64\nweight int64\n"

static const char rows_text[] = "shipper,town,age,weight\n"
				"A,Ulm,31,50\nB,Ulm,34,70\nC,Ulm,38,20\nA,Ulm,36,40\n"
				"B,Ulm,33,60\nC,Ulm,39,30\nA,Bonn,41,80\nB,Bonn,47,10\n"
				"C,Bonn,44,30\nD,Bonn,45,90\nA,Bonn,48,20\nA,Koeln,52,70\n"
				"B,Koeln,58,40\nA,Kiel,55,10\nA,Kiel,51,20\nB,Kiel,59,30\n"
				"C,Kiel,53,20\nC,Kiel,54,60\nB,Kiel,56,20\n";

static cstn_status measure(cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = rows_open(COLUMNS, rows_text, &rows, error);
	/* [measure] */
	const char *quasi[] = {"town", "age"};
	cstn_generalise_step steps[] = {{"age", CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL}};
	cstn_privacy_options options = CSTN_PRIVACY_OPTIONS_INIT;
	cstn_privacy_measures got = CSTN_PRIVACY_MEASURES_INIT;

	options.quasi = quasi;
	options.n_quasi = 2;
	options.sensitive = "weight";
	options.steps = steps;
	options.n_steps = 1;
	if (status == CSTN_OK)
		status = cstn_privacy_measure(&rows, &options, &got, NULL, error);
	/* [measure] */
	if (status == CSTN_OK)
		printf("%d classes, k %d, l %d, t %d/%d\n", (int)got.classes, (int)got.k,
				(int)got.l, (int)got.t_numerator, (int)got.t_denominator);
	return status;
}

static cstn_status aggregate(cstn_error **error)
{
	struct ArrowArrayStream rows, cells, refused;
	cstn_difference_guard *guard = NULL;
	cstn_status status = rows_open(COLUMNS, rows_text, &rows, error);
	/* [aggregate] */
	const char *by[] = {"town"};
	cstn_aggregate_measure measures[] = {{"weight", CSTN_AGGREGATE_SUM, 0}};
	cstn_aggregate_options options = CSTN_AGGREGATE_OPTIONS_INIT;

	options.by = by;
	options.n_by = 1;
	options.measures = measures;
	options.n_measures = 1;
	options.company = "shipper";
	if (status == CSTN_OK) /* kept with the data, and given again for the next release */
		status = cstn_difference_guard_new("carrier", 7, "parcels", 7, NULL, &guard, error);
	if (status == CSTN_OK)
		status = cstn_aggregate(&rows, &options, guard, &cells, &refused, NULL, error);
	/* [aggregate] */
	if (status == CSTN_OK)
		status = rows_print(&cells, error);
	if (status == CSTN_OK)
		status = rows_print(&refused, error);
	cstn_difference_guard_free(guard);
	return status;
}

/* Bytes that are the same at every run; leave the callback out for noise that hides anything. */
static int32_t known_bytes(void *user, uint8_t *out, size_t size)
{
	uint64_t *state = user;
	size_t i;

	for (i = 0; i < size; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[i] = (uint8_t)(*state >> 56);
	}
	return 0;
}

static cstn_status noise(cstn_privacy_budget *budget, cstn_error **error)
{
	struct ArrowArrayStream rows, answer;
	uint64_t state = 1;
	int64_t charged = 0;
	cstn_status status = rows_open(COLUMNS, rows_text, &rows, error);
	/* [noise] */
	const char *towns[] = {"Ulm", "Bonn", "Kiel", "Rome"};
	cstn_noise_options options = CSTN_NOISE_OPTIONS_INIT;

	options.kind = CSTN_NOISE_COUNT;
	options.recipient = "carrier";
	options.recipient_len = 7;
	options.data_set = "parcels of May";
	options.data_set_len = 14;
	options.epsilon_nano = 600000000; /* 0.6 */
	options.flags = CSTN_NOISE_ROW_IS_SUBJECT;
	options.partition = "town";
	options.partitions = towns;
	options.n_partitions = 4;
	options.entropy = known_bytes;
	options.entropy_user = &state;
	if (status == CSTN_OK)
		status = cstn_noise(&rows, &options, budget, &answer, &charged, NULL, error);
	/* [noise] */
	if (status == CSTN_OK)
		status = rows_print(&answer, error);
	if (status == CSTN_OK)
		printf("charged %.1f\n", (double)charged / 1e9);
	return status;
}

static cstn_status run(cstn_error **error)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_privacy_budget *budget = NULL;
	cstn_status status = measure(error);

	if (status == CSTN_OK)
		status = aggregate(error);
	options.limit_nano = 1000000000;
	if (status == CSTN_OK)
		status = cstn_privacy_budget_new(&options, NULL, &budget, error);
	if (status == CSTN_OK)
		status = noise(budget, error);
	if (status == CSTN_OK) /* the same question: the same answer, free */
		status = noise(budget, error);
	cstn_privacy_budget_free(budget);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = run(&error);

	return rows_end(status, error);
}
