/* Plans with a partner: cells of two sides, or an item's demand and stock, as rows of CSV. The
 * first byte says which call, the others which options. What comes out is finite, and the same with
 * the sides swapped. */
#include "fuzz_rows.h"

#define CELLS                                                                                  \
	"y double null\na double null\nb double null\npool text null\na_low double null\n"     \
	"a_high double null\nb_low double null\nb_high double null\na_event int64 null\n"      \
	"b_event int64 null\noverride double null\nreason int64 null\nconsensus double null\n" \
	"exception int64 null\nunder_minor double null\nover_minor double null\n"

/* By whether there are cutoffs: the schema, and the names of the columns as they stand, and with
 * the sides swapped. */
static const char *const schemas[] = {"unique_id text null\nds int64 null\nh int64 null\n" CELLS,
		"unique_id text null\nds int64 null\ncutoff int64 null\n" CELLS};
static const char *const heads[2][2] = {
		{"unique_id,ds,h,y,a,b,pool,a_low,a_high,b_low,b_high,a_event,b_event,override,"
		 "reason,consensus,exception,under_minor,over_minor\n",
				"unique_id,ds,h,y,b,a,pool,b_low,b_high,a_low,a_high,b_event,"
				"a_event,override,reason,consensus,exception,under_minor,"
				"over_minor\n"},
		{"unique_id,ds,cutoff,y,a,b,pool,a_low,a_high,b_low,b_high,a_event,b_event,"
		 "override,reason,consensus,exception,under_minor,over_minor\n",
				"unique_id,ds,cutoff,y,b,a,pool,b_low,b_high,a_low,a_high,b_event,"
				"a_event,override,reason,consensus,exception,under_minor,"
				"over_minor\n"}};

typedef cstn_status cells_call(struct ArrowArrayStream *, const cstn_plan_options *,
		const cstn_allocator *, struct ArrowArrayStream *, cstn_row_errors **,
		cstn_error **);

/* A call, and columns that are what others are, or they themselves, with the sides swapped. */
static const struct {
	cells_call *call;
	const char *names[2][FUZZ_NAMES];
} calls[] = {
		{cstn_plan_compare,
				{{"a", "b", "a_bias", "b_bias", "a_error", "b_error", "threshold"},
						{"b", "a", "b_bias", "a_bias", "b_error", "a_error",
								"threshold"}}},
		{cstn_plan_resolve, {{"a", "b", "a_bias", "b_bias", "a_sd", "b_sd", "correlation",
						     "consensus"},
						    {"b", "a", "b_bias", "a_bias", "b_sd", "a_sd",
								    "correlation", "consensus"}}},
		{cstn_plan_ledger, {{"a_loss", "b_loss", "a_bias", "b_bias", "consensus_loss"},
						   {"b_loss", "a_loss", "b_bias", "a_bias",
								   "consensus_loss"}}},
};

static cstn_plan_options options_of(fuzz_source *source)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	uint8_t flags = fuzz_u8(source);

	options.flags = flags & 1 ? CSTN_PLAN_EXCEPTIONS_ONLY : 0;
	options.by = flags >> 1 & 7;
	options.horizon_step = flags >> 4 & 3;
	options.agreed_ppm = flags & 64 ? 200000 : 0;
	options.agreed_units = flags & 128 ? 3 : 0;
	options.freeze = fuzz_u8(source) % 4;
	options.cells_least = fuzz_u8(source) % 8;
	options.quantile_ppm = fuzz_u8(source) * 4000;
	options.draw_ppm = fuzz_u8(source) * 1000;
	return options;
}

static cstn_status numbers_of(size_t which, int with_cutoff, int swapped,
		const cstn_plan_options *options, fuzz_source page, fuzz_numbers *numbers)
{
	struct ArrowArrayStream rows, out = {0};
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	memset(numbers, 0, sizeof(*numbers));
	memcpy(numbers->names, calls[which].names[swapped], sizeof(numbers->names));
	fuzz_rows(&rows, schemas[with_cutoff], heads[with_cutoff][swapped], page);
	status = calls[which].call(&rows, options, NULL, &out, &bad, &error);
	fuzz_check_rows(status, &rows, &out, bad, error, numbers);
	return status;
}

static void compare_sides(size_t which, int with_cutoff, fuzz_source source)
{
	cstn_plan_options options = options_of(&source);
	fuzz_numbers one, other;
	cstn_status first = numbers_of(which, with_cutoff, 0, &options, source, &one);
	cstn_status second = numbers_of(which, with_cutoff, 1, &options, source, &other);

	MUST(first == second && one.rows == other.rows);
	MUST(memcmp(one.sum, other.sum, sizeof(one.sum)) == 0);
}

static void order(fuzz_source source)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream rows, out = {0};
	fuzz_numbers numbers;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	memset(&numbers, 0, sizeof(numbers));
	options.lead = fuzz_u8(&source);
	options.lead = options.lead == 255 ? 1024 : options.lead % 8;
	options.review = fuzz_u8(&source) % 8;
	options.level_ppm = fuzz_u16(&source) * 15;
	fuzz_rows(&rows,
			"unique_id text null\nds int64 null\nmean double null\nsd double null\n"
			"receipt double null\ncan_order int64 null\non_hand double null\n"
			"pack double null\nminimum double null\nmaximum double null\n"
			"lead int64 null\n",
			"unique_id,ds,mean,sd,receipt,can_order,on_hand,pack,minimum,maximum,"
			"lead\n",
			source);
	status = cstn_plan_order(&rows, &options, NULL, &out, &bad, &error);
	fuzz_check_rows(status, &rows, &out, bad, error, &numbers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	uint8_t how = fuzz_u8(&source);

	if ((how & 3) == 3)
		order(source);
	else
		compare_sides(how & 3, how >> 2 & 1, source);
	return 0;
}
