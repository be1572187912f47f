/* Four kiosks by the day: a match next door doubles what is sold, rain takes a quarter. A model
 * learns that from every row as it comes; a kiosk that opens later begins with what the others have
 * in common. */
#include "example_rows.h"

#include <stdio.h>

#define DAYS 60

static const char schema[] = "unique_id text\nds int64\ny double\nmatch double\nrain double null\n";
static const char ahead_schema[] = "unique_id text\nds int64\nmatch double\nrain double null\n";
static const char ahead[] = "unique_id,ds,match,rain\n"
			    "new,61,0,0\nnew,62,1,0\nnorth,60,0,1\nnorth,61,1,0\nnorth,62,0,\n";

static void put_history(char *text, size_t size)
{
	static const char *const kiosks[] = {"east", "north", "south", "west"};
	size_t used = (size_t)snprintf(text, size, "unique_id,ds,y,match,rain\n");
	int i, day;

	for (i = 0; i < 4; i++)
		for (day = 0; day < DAYS; day++) {
			int match = (day + i) % 6 == 0, rain = day * 7 % 5 < 2;
			double sold = (40 + 20 * i + (day + i) % 3) * (match ? 2 : 1) *
				      (rain ? .75 : 1);

			used += (size_t)snprintf(text + used, size - used, "%s,%d,%g,%d,%d\n",
					kiosks[i], day, sold, match, rain);
		}
}

static cstn_status open_kiosk(cstn_signal_model *model, cstn_error **error)
{
	/* [one] */
	const double signals[] = {0, 0}; /* no match, no rain */
	cstn_signal_model_row row = CSTN_SIGNAL_MODEL_ROW_INIT;

	row.key = "new";
	row.key_len = 3;
	row.ds = DAYS;
	row.y = 30;
	row.signals = signals;
	row.n_signals = 2;
	return cstn_signal_model_update_one(model, &row, error);
	/* [one] */
}

static cstn_status learn(cstn_signal_model *model, const char *text, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = rows_open(schema, text, &rows, error);

	/* [update] */
	if (status == CSTN_OK)
		status = cstn_signal_model_update(model, &rows, NULL, NULL, error);
	/* [update] */
	/* [pool] */
	if (status == CSTN_OK)
		status = cstn_signal_model_pool(model, 0, error);
	/* [pool] */
	return status == CSTN_OK ? open_kiosk(model, error) : status;
}

int main(void)
{
	static const cstn_regress_signal signals[] = {{"match", 0, 0}, {"rain", 0, 0}};
	cstn_signal_model_config config = CSTN_SIGNAL_MODEL_CONFIG_INIT;
	static char text[4 * DAYS * 32 + 64];
	struct ArrowArrayStream rows, out;
	cstn_signal_model *model = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	put_history(text, sizeof(text));
	config.signals = signals;
	config.n_signals = 2;
	status = cstn_signal_model_new(&config, NULL, &model, &error);
	if (status == CSTN_OK)
		status = learn(model, text, &error);
	if (status == CSTN_OK)
		status = rows_open(ahead_schema, ahead, &rows, &error);
	/* [forecast] */
	if (status == CSTN_OK)
		status = cstn_signal_model_forecast(model, &rows, NULL, &out, NULL, &error);
	/* [forecast] */
	if (status == CSTN_OK)
		status = rows_print(&out, &error);
	cstn_signal_model_free(model);
	return rows_end(status, error);
}
