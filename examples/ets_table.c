/* What exponential smoothing found in two articles: the form that each asks for, and its numbers.
 */
#include "example_rows.h"

#include <stdio.h>

#define QUARTERS 16

static const char schema[] = "unique_id text\nds int64\ny double\n";

static const double parasols[QUARTERS] = {
		31, 60, 98, 41, 35, 66, 105, 43, 37, 71, 113, 48, 40, 75, 121, 50};
static const double tape[QUARTERS] = {
		40, 43, 39, 41, 44, 42, 45, 43, 46, 44, 47, 45, 48, 46, 47, 49};

static void put(char *text, size_t size, size_t *used, const char *id, const double *y)
{
	int t;

	for (t = 0; t < QUARTERS; t++)
		*used += (size_t)snprintf(text + *used, size - *used, "%s,%d,%g\n", id, t, y[t]);
}

/* Some of the columns. */
static cstn_status show(struct ArrowArrayStream *fits, cstn_error **error)
{
	struct ArrowArray batch;
	int64_t i;

	(void)error;
	while (fits->get_next(fits, &batch) == 0 && batch.release) {
		const int32_t *ends = batch.children[2]->buffers[1];
		const char *forms = batch.children[2]->buffers[2];
		const double *alpha = batch.children[3]->buffers[1];
		const double *level = batch.children[7]->buffers[1];
		const double *aicc = batch.children[11]->buffers[1];

		for (i = 0; i < batch.length; i++)
			printf("%.*s: alpha %.2f, from %.1f, AICc %.1f\n",
					(int)(ends[i + 1] - ends[i]), forms + ends[i], alpha[i],
					level[i], aicc[i]);
		batch.release(&batch);
	}
	fits->release(fits);
	return CSTN_OK;
}

int main(void)
{
	char text[2048];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y\n");
	struct ArrowArrayStream rows, fits;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	put(text, sizeof(text), &used, "parasol", parasols);
	put(text, sizeof(text), &used, "tape", tape);
	status = rows_open(schema, text, &rows, &error);
	if (status == CSTN_OK) {
		/* [table] */
		cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;

		options.models = CSTN_FAMILY_AUTO_ETS;
		options.season = 4;
		status = cstn_ets_fit(&rows, &options, NULL, &fits, &bad, &error);
		/* [table] */
	}
	if (status == CSTN_OK)
		status = show(&fits, &error);
	cstn_row_errors_free(bad);
	return rows_end(status, error);
}
