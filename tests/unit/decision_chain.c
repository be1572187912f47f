/* Data that are passed on from party to party: as far as every term on the way allows. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "sharing_fixture.h"
#include "suite.h"

#define MOST CSTN_REQUEST_HOPS_MOST
#define PARTIES (MOST + 2) /* p0 to p9 */
#define NOW 1000

/* Agreement i lets party i + 1 have what party i has; hops[i] is how often it may go on. */
typedef struct chain {
	int32_t hops[MOST + 1];
	cstn_term *terms[MOST + 1];
} chain;

static const char *party(int number, char room[8])
{
	snprintf(room, 8, "p%d", number);
	return room;
}

static cstn_term *term_of(const chain *at, int number)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_granularity raw = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	cstn_term_builder *b;
	cstn_term *out;
	char room[8];

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	raw.level = CSTN_LEVEL_RAW;
	onward.max_hops = at->hops[number];
	onward.to = onward.max_hops ? CSTN_ONWARD_SAME_CONSTELLATION : CSTN_ONWARD_NONE;
	SHARING_OK(cstn_term_builder_new(NULL, &b, &error));
	SHARING_OK(cstn_term_builder_set_provider(b, party(number, room), &error));
	SHARING_OK(cstn_term_builder_set_recipient(b, party(number + 1, room), &error));
	SHARING_OK(cstn_term_builder_set_constellation(b, "c1", &error));
	SHARING_OK(cstn_term_builder_add_field(b, "order.id", &error));
	SHARING_OK(cstn_term_builder_set_purpose(b, "planning", &error));
	SHARING_OK(cstn_term_builder_set_actions(b, CSTN_ACTION_READ, &error));
	SHARING_OK(cstn_term_builder_set_granularity(b, &raw, &error));
	SHARING_OK(cstn_term_builder_set_onward(b, &onward, &error));
	SHARING_OK(cstn_term_builder_add_consideration(b, &gift, &error));
	SHARING_OK(cstn_term_builder_build(b, &out, &error));
	cstn_term_builder_free(b);
	return out;
}

static void add_place(cstn_rules_builder *b)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_vocabulary_builder *words;
	char room[8];

	SHARING_OK(cstn_vocabulary_builder_new(NULL, &words, &error));
	SHARING_OK(cstn_vocabulary_builder_add_purpose(words, "planning", 8, NULL, 0, &error));
	SHARING_OK(cstn_vocabulary_builder_add_path(
			words, "order.id", 8, CSTN_CLASS_PUBLIC, &error));
	SHARING_OK(cstn_vocabulary_builder_build(words, &place.vocabulary, &error));
	cstn_vocabulary_builder_free(words);
	place.constellation = "c1";
	SHARING_OK(cstn_rules_builder_add_constellation(b, &place, &error));
	cstn_vocabulary_unref(place.vocabulary);
	for (int i = 0; i < PARTIES; i++)
		SHARING_OK(cstn_rules_builder_add_membership(
				b, "c1", party(i, room), NULL, 0, 0, INT64_MAX, &error));
}

static cstn_rules *rules_of(chain *at)
{
	cstn_rules_builder *b;
	cstn_rules *out;

	SHARING_OK(cstn_rules_builder_new(NULL, &b, &error));
	add_place(b);
	for (int i = 0; i <= MOST; i++) {
		cstn_rules_agreement row = CSTN_RULES_AGREEMENT_INIT;
		uint8_t parent[32] = {0};
		char from[8], to[8];

		at->terms[i] = term_of(at, i);
		row.constellation = "c1";
		row.provider = party(i, from);
		row.recipient = party(i + 1, to);
		row.state = CSTN_AGREEMENT_ACTIVE;
		row.digest[0] = (uint8_t)(1 + i);
		row.parent[0] = (uint8_t)i;
		if (i)
			cstn_term_digest(at->terms[i - 1], parent);
		row.terms = &at->terms[i];
		row.term_parents = parent;
		row.n_terms = 1;
		SHARING_OK(cstn_rules_builder_add_agreement(b, &row, &error));
	}
	SHARING_OK(cstn_rules_build(b, &out, &error));
	cstn_rules_builder_free(b);
	for (int i = 0; i <= MOST; i++)
		cstn_term_unref(at->terms[i]);
	return out;
}

/* What party n + 1 is told that asks party n for what came from p0. */
static int32_t reason_at(const cstn_rules *rules, int n)
{
	static const char *const paths[] = {"order.id"};
	cstn_request_options asks = CSTN_REQUEST_OPTIONS_INIT;
	const char *way[MOST];
	char rooms[MOST][8], from[8], to[8];
	cstn_decision *decision;
	int32_t out;

	for (int i = 0; i < n; i++)
		way[i] = party(i, rooms[i]);
	asks.constellation = "c1";
	asks.provider = party(n, from);
	asks.recipient = party(n + 1, to);
	asks.purpose = "planning";
	asks.action = CSTN_ACTION_READ;
	asks.level = CSTN_LEVEL_RAW;
	asks.paths = paths;
	asks.n_paths = 1;
	asks.hops = way;
	asks.n_hops = (size_t)n;
	asks.now_us = NOW;
	decision = sharing_decide(rules, &asks);
	out = cstn_decision_reason(decision);
	cstn_decision_unref(decision);
	return out;
}

START_TEST(data_go_as_far_as_the_first_term_lets_them)
{
	for (int32_t most = 0; most <= MOST; most++) {
		chain at;
		cstn_rules *rules;

		for (int i = 0; i <= MOST; i++)
			at.hops[i] = most > i ? most - i : 0;
		rules = rules_of(&at);
		for (int n = 0; n <= MOST; n++)
			ck_assert_msg(reason_at(rules, n) == (n <= most ? CSTN_DECISION_PERMIT
									: CSTN_DECISION_HOPS),
					"%d of %d hops", n, (int)most);
		cstn_rules_unref(rules);
	}
}
END_TEST

/* A term in the middle that lets them go less far than those before it. */
START_TEST(every_term_on_the_way_counts)
{
	for (int place = 0; place <= MOST; place++)
		for (int32_t more = 0; more <= MOST - place; more++) {
			chain at;
			cstn_rules *rules;

			for (int i = 0; i <= MOST; i++)
				at.hops[i] = MOST;
			at.hops[place] = more;
			rules = rules_of(&at);
			for (int n = 0; n <= MOST; n++)
				ck_assert_int_eq(reason_at(rules, n),
						n <= place + more ? CSTN_DECISION_PERMIT
								  : CSTN_DECISION_HOPS);
			cstn_rules_unref(rules);
		}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			data_go_as_far_as_the_first_term_lets_them, every_term_on_the_way_counts};

	return run_tests("chains of agreements", tests, sizeof(tests) / sizeof(tests[0]));
}
