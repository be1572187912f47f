/* Signals as rows of CSV: beside demand in a table of their own, which is valued, or as columns of
 * it, from which is forecast. The first bytes say which, and the options. What comes out is finite
 * and the same on two threads. */
#include "fuzz_rows.h"

#define SIGNALS 3

static const char *const names[SIGNALS] = {"price", "fair", "orders"};
static const int32_t features[] = {0, CSTN_SIGNAL_AS_VALUE, CSTN_SIGNAL_AS_PRICE,
		CSTN_SIGNAL_AS_CROSS_PRICE, CSTN_SIGNAL_AS_PROMOTION, CSTN_SIGNAL_AS_WEATHER,
		CSTN_SIGNAL_AS_CLASS, CSTN_SIGNAL_AS_INDEX, CSTN_SIGNAL_AS_EVENT};

/* One byte says what kind it is, the next what is made of it. */
static cstn_signal signal_of(fuzz_source *source, const char *name)
{
	cstn_signal made = CSTN_SIGNAL_INIT;
	uint8_t kind = fuzz_u8(source), feature = fuzz_u8(source);

	made.name = name;
	made.kind = 1 + kind % 3;
	made.flags = kind >> 2 & 3;
	made.group = kind & 16 ? "together" : NULL;
	if (made.kind == CSTN_SIGNAL_OBSERVED_PAST)
		made.lag = kind >> 5;
	if (made.kind != CSTN_SIGNAL_FORWARD_ORDER)
		made.feature = features[feature % (sizeof(features) / sizeof(features[0]))];
	if (made.feature == CSTN_SIGNAL_AS_CLASS)
		made.classes = 2 + (feature >> 4);
	return made;
}

static cstn_status value(fuzz_source source, int32_t threads, fuzz_numbers *numbers)
{
	static const int32_t means[] = {2, 1}, positions[] = {1};
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	cstn_signal made[SIGNALS];
	const cstn_signal *declared[SIGNALS];
	struct ArrowArrayStream rows, signals, out = {0};
	int32_t horizons[2] = {1, 1};
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint8_t how = fuzz_u8(&source), more = fuzz_u8(&source);
	size_t n = how % (SIGNALS + 1), i;

	for (i = 0; i < n; i++) {
		made[i] = signal_of(&source, names[i]);
		declared[i] = &made[i];
	}
	options.flags = how >> 2 & 7;
	options.gap = how >> 5 & 3;
	options.season = more % 4;
	options.scale = more >> 2 & 3;
	options.loss = more >> 4 & 3;
	horizons[1] = 2 + (more >> 6);
	options.horizons = horizons;
	options.n_horizons = more & 64 ? 2 : 1;
	options.means = means;
	options.n_means = 2;
	options.positions = positions;
	options.n_positions = 1;
	options.origins = 2 + fuzz_u8(&source) % 8;
	options.resamples = 5;
	options.permutations = 2;
	options.threads = threads;
	options.service_ppm = fuzz_u8(&source) * 3921;
	options.holding_minor = 2;
	options.margin_minor = 3;
	fuzz_rows(&rows, "unique_id text null\nds int64 null\ny double null\npool text null\n",
			"unique_id,ds,y,pool\n", fuzz_page(&source));
	fuzz_rows(&signals,
			"signal text null\nunique_id text null\nds int64 null\nvalue double null\n"
			"available_us int64 null\n",
			"signal,unique_id,ds,value,available_us\n", source);
	status = cstn_signal_value(
			&rows, &signals, declared, n, &options, NULL, &out, &bad, &error);
	MUST(signals.release == NULL);
	fuzz_check_rows(status, &rows, &out, bad, error, numbers);
	return status;
}

/* The same signals as columns: a regression of each series. */
static cstn_status regress(fuzz_source source, int32_t threads, fuzz_numbers *numbers)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	cstn_regress_signal signals[SIGNALS];
	struct ArrowArrayStream rows, out = {0};
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint8_t how = fuzz_u8(&source), more = fuzz_u8(&source);
	size_t i;

	for (i = 0; i < SIGNALS; i++)
		signals[i] = (cstn_regress_signal){names[i], fuzz_u8(&source) % 3, 0};
	options.signals = signals;
	options.n_signals = how % (SIGNALS + 1);
	options.flags = how >> 2 & 3;
	options.gap = how >> 5 & 3;
	options.season = more % 8;
	options.horizon = 1 + (more >> 3) % 8;
	options.threads = threads;
	fuzz_rows(&rows,
			"unique_id text null\nds int64 null\ny double null\nprice double null\n"
			"fair double null\norders double null\n",
			"unique_id,ds,y,price,fair,orders\n", source);
	status = cstn_regress(&rows, &options, NULL, &out, &bad, &error);
	fuzz_check_rows(status, &rows, &out, bad, error, numbers);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	cstn_status (*const call)(fuzz_source, int32_t, fuzz_numbers *) =
			fuzz_u8(&source) & 1 ? regress : value;
	fuzz_numbers one, two;
	cstn_status first, second;

	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	first = call(source, 1, &one);
	second = call(source, 2, &two);
	MUST(first == second);
	MUST(one.rows == two.rows && one.sum[0] == two.sum[0]);
	return 0;
}
