/* A manufacturer offers a retailer terms, reads them in words, and sees why one offer is refused
 * and whether the retailer may pass the data on. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#define DAY INT64_C(86400000000)

/* What all terms of this example have in common. */
static cstn_status begin(cstn_term_builder **builder, const char *provider, const char *recipient,
		cstn_error **error)
{
	cstn_status status = cstn_term_builder_new(NULL, builder, error);

	if (status == CSTN_OK)
		status = cstn_term_builder_set_provider(*builder, provider, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_recipient(*builder, recipient, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_constellation(*builder, "fresh-food", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_add_field(*builder, "order.quantity", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_purpose(*builder, "replenishment", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_actions(
				*builder, CSTN_ACTION_READ | CSTN_ACTION_DERIVE, error);
	return status;
}

/* Weekly totals of at least three shops, for money, to be passed on to one carrier. */
static cstn_status offer_term(cstn_term **out, cstn_error **error)
{
	static const char *const carriers[] = {"swift"};
	cstn_term_builder *builder = NULL;
	cstn_status status = begin(&builder, "dairy", "grocer", error);
	/* [build] */
	cstn_term_granularity cells = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_consideration price = CSTN_TERM_CONSIDERATION_INIT;

	cells.level = CSTN_LEVEL_AGGREGATED;
	cells.k = 10;
	cells.contributors = 3;
	onward.to = CSTN_ONWARD_LIST;
	onward.parties = carriers;
	onward.n_parties = 1;
	onward.max_hops = 1;
	retention.max_us = 90 * DAY;
	retention.then = CSTN_DELIVERED_DELETE;
	price.kind = CSTN_CONSIDERATION_MONEY;
	price.amount_minor = 25000;
	price.currency = "EUR";
	price.due = CSTN_DUE_EVERY;
	price.due_us = 30 * DAY;
	if (status == CSTN_OK)
		status = cstn_term_builder_set_granularity(builder, &cells, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_onward(builder, &onward, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_retention(builder, &retention, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_add_consideration(builder, &price, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_build(builder, out, error);
	/* [build] */
	cstn_term_builder_free(builder);
	return status;
}

/* What the grocer would give to the carrier. */
static cstn_status onward_term(int32_t level, int64_t days, cstn_term **out, cstn_error **error)
{
	cstn_term_granularity cells = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_builder *builder = NULL;
	cstn_status status = begin(&builder, "grocer", "swift", error);

	cells.level = level;
	retention.max_us = days * DAY;
	retention.then = CSTN_DELIVERED_DELETE;
	if (status == CSTN_OK)
		status = cstn_term_builder_set_granularity(builder, &cells, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_retention(builder, &retention, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_build(builder, out, error);
	cstn_term_builder_free(builder);
	return status;
}

static cstn_status say(const cstn_term *term, cstn_error **error)
{
	/* [text] */
	cstn_buffer *words = NULL;
	uint8_t digest[CSTN_TERM_DIGEST_SIZE];
	cstn_status status = cstn_term_text(term, &words, error);

	if (status == CSTN_OK)
		printf("%s", (const char *)cstn_buffer_data(words));
	cstn_term_digest(term, digest);
	/* [text] */
	for (size_t i = 0; i < 8; i++)
		printf("%02x", digest[i]);
	printf("...\n\n");
	cstn_buffer_free(words);
	return status;
}

static cstn_status pass_on(const cstn_term *parent, int32_t level, int64_t days, cstn_error **error)
{
	cstn_term *derived = NULL;
	int32_t within = 0, component = 0;
	cstn_status status = onward_term(level, days, &derived, error);

	/* [within] */
	if (status == CSTN_OK)
		status = cstn_term_is_within(derived, parent, NULL, &within, &component, error);
	if (status == CSTN_OK)
		printf("to the carrier for %d days: %s%s\n", (int)days,
				within ? "within" : "not within, by its ",
				cstn_term_component_name(component));
	/* [within] */
	cstn_term_unref(derived);
	return status;
}

static cstn_status speak(cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_status status = cstn_vocabulary_builder_new(NULL, &builder, error);

	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_path(
				builder, "order.quantity", 14, CSTN_CLASS_OPERATIONAL, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_purpose(
				builder, "planning", 8, NULL, 0, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(builder, out, error);
	cstn_vocabulary_builder_free(builder);
	return status;
}

/* The constellation speaks of planning, not of replenishment. */
static cstn_status check(cstn_term *term, cstn_error **error)
{
	cstn_offer_defects *defects = NULL;
	cstn_vocabulary *vocabulary = NULL;
	cstn_term_set *set = NULL;
	cstn_status status = speak(&vocabulary, error);

	/* [offer] */
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;

	options.vocabulary = vocabulary;
	if (status == CSTN_OK)
		status = cstn_term_set_new(&term, 1, NULL, &set, error);
	if (status == CSTN_OK)
		status = cstn_offer_check(set, &options, NULL, &defects, NULL);
	for (size_t i = 0; i < cstn_offer_defects_count(defects); i++) {
		const cstn_offer_defect *defect = cstn_offer_defects_at(defects, i);

		printf("%s: %s '%s' %s\n", cstn_term_component_name(defect->component),
				defect->operand, defect->value, defect->rule);
	}
	/* [offer] */
	if (status == CSTN_E_UNEVALUABLE)
		status = CSTN_OK;
	cstn_offer_defects_free(defects);
	cstn_term_set_unref(set);
	cstn_vocabulary_unref(vocabulary);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_term *term = NULL;
	cstn_status status = offer_term(&term, &error);

	if (status == CSTN_OK)
		status = say(term, &error);
	if (status == CSTN_OK)
		status = pass_on(term, CSTN_LEVEL_EXISTENCE, 90, &error);
	if (status == CSTN_OK)
		status = pass_on(term, CSTN_LEVEL_RAW, 90, &error);
	if (status == CSTN_OK)
		status = pass_on(term, CSTN_LEVEL_EXISTENCE, 91, &error);
	if (status == CSTN_OK)
		status = check(term, &error);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	cstn_term_unref(term);
	return status == CSTN_OK ? 0 : 1;
}
