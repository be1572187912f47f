/* JSON of terms and sets of terms: what is read is written canonically and reads back to the same
 * bytes, has words, is within itself, and is offered or refused with its defects. */
#include "fuzz.h"

static cstn_vocabulary *vocabulary(void)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *out = NULL;

	MUST(cstn_vocabulary_builder_new(NULL, &builder, NULL) == CSTN_OK);
	MUST(cstn_vocabulary_builder_add_purpose(builder, "planning", 8, NULL, 0, NULL) == CSTN_OK);
	MUST(cstn_vocabulary_builder_add_path(
			     builder, "order.*", 7, CSTN_CLASS_COMPETITIVE, NULL) == CSTN_OK);
	MUST(cstn_vocabulary_builder_build(builder, &out, NULL) == CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	return out;
}

static void same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	MUST(a_len == b_len);
	MUST(memcmp(a, b, a_len) == 0);
}

static void use_term(const cstn_term *term)
{
	cstn_term *again = NULL;
	cstn_buffer *words = NULL;
	int32_t within = 0, component = -1;
	size_t len, again_len;
	const char *json = cstn_term_json(term, &len), *again_json;

	MUST(cstn_term_read(json, len, 0, NULL, &again, NULL) == CSTN_OK);
	again_json = cstn_term_json(again, &again_len);
	same_text(json, len, again_json, again_len);
	MUST(cstn_term_is_within(again, term, NULL, &within, &component, NULL) == CSTN_OK);
	MUST(within == 1 && component == 0);
	MUST(cstn_term_text(term, &words, NULL) == CSTN_OK);
	MUST(cstn_buffer_size(words) > 0);
	cstn_buffer_free(words);
	cstn_term_unref(again);
}

static void use_set(const cstn_term_set *set)
{
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;
	cstn_vocabulary *speech = vocabulary();
	cstn_offer_defects *defects = NULL;
	cstn_term_set *again = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	size_t len, again_len;
	const char *json = cstn_term_set_json(set, &len), *again_json;

	MUST(cstn_term_set_read(json, len, 0, NULL, &again, NULL) == CSTN_OK);
	again_json = cstn_term_set_json(again, &again_len);
	same_text(json, len, again_json, again_len);
	cstn_term_set_unref(again);
	options.vocabulary = speech;
	options.flags = CSTN_OFFER_DUAL_PAIR;
	status = cstn_offer_check(set, &options, NULL, &defects, &error);
	fuzz_check_error(status, error);
	MUST(status == (defects ? CSTN_E_UNEVALUABLE : CSTN_OK));
	for (size_t i = 0; i < cstn_offer_defects_count(defects); i++)
		MUST(cstn_offer_defects_at(defects, i)->term < cstn_term_set_count(set));
	cstn_offer_defects_free(defects);
	cstn_vocabulary_unref(speech);
}

static void read_term(const char *text, size_t size, uint32_t flags)
{
	cstn_error *error = NULL;
	cstn_term *term = NULL;
	cstn_status status = cstn_term_read(text, size, flags, NULL, &term, &error);
	const char *json;
	size_t len;

	fuzz_check_error(status, error);
	MUST(status == CSTN_OK || status == CSTN_E_FORMAT);
	MUST((term != NULL) == (status == CSTN_OK));
	if (!term)
		return;
	json = cstn_term_json(term, &len);
	if (flags == 0)
		same_text(text, size, json, len);
	use_term(term);
	cstn_term_unref(term);
}

static void read_set(const char *text, size_t size, uint32_t flags)
{
	cstn_error *error = NULL;
	cstn_term_set *set = NULL;
	cstn_status status = cstn_term_set_read(text, size, flags, NULL, &set, &error);

	fuzz_check_error(status, error);
	MUST(status == CSTN_OK || status == CSTN_E_FORMAT);
	MUST((set != NULL) == (status == CSTN_OK));
	if (set)
		use_set(set);
	cstn_term_set_unref(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	for (uint32_t flags = 0; flags <= CSTN_TERM_READ_LOOSE; flags++) {
		read_term(text, size, flags);
		read_set(text, size, flags);
	}
	return 0;
}
