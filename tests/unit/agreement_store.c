/* Stores of agreements: equal ones are reused, and what derives from one that does not decide is
 * suspended with it. */
#include "agreement_fixture.h"

#include "suite.h"

#define R CSTN_ACTOR_RECIPIENT
#define P CSTN_ACTOR_PROVIDER

static agreement_world world;
static cstn_agreement_store *store;

static void open_world(void)
{
	agreement_world_open(&world);
	SHARING_OK(cstn_agreement_store_new(NULL, &store, &error));
}

static void close_world(void)
{
	cstn_agreement_store_free(store);
	agreement_world_close(&world);
}

/* Put the agreement of a body; borrowed from the store. */
static const cstn_agreement *put(const cstn_agreement_body *body, int64_t now_us)
{
	cstn_agreement *made = agreement_of(&world, body), *kept;

	SHARING_OK(cstn_agreement_store_put(store, made, NULL, now_us, &kept, &error));
	cstn_agreement_unref(made);
	cstn_agreement_unref(kept);
	return kept;
}

/* The same with terms that may be passed on `hops` times. */
static cstn_agreement *with_terms(cstn_agreement_body *body, int32_t hops)
{
	cstn_term_set *terms = agreement_terms(body->provider, body->recipient, hops);
	cstn_agreement *bare, *made;

	cstn_term_set_digest(terms, body->terms);
	bare = agreement_of(&world, body);
	SHARING_OK(cstn_agreement_with_terms(bare, terms, &made, &error));
	ck_assert_ptr_eq(cstn_agreement_terms(made), terms);
	ck_assert_ptr_null(cstn_agreement_terms(bare));
	cstn_agreement_unref(bare);
	cstn_term_set_unref(terms);
	return made;
}

static const cstn_agreement *put_with_terms(cstn_agreement_body *body, int32_t hops)
{
	cstn_agreement *made = with_terms(body, hops), *kept;

	SHARING_OK(cstn_agreement_store_put(store, made, NULL, 20, &kept, &error));
	cstn_agreement_unref(made);
	cstn_agreement_unref(kept);
	return kept;
}

static cstn_agreement *get(const uint8_t *digest)
{
	cstn_agreement *out;

	SHARING_OK(cstn_agreement_store_get(store, digest, &out, &error));
	return out;
}

static int32_t state_of(const uint8_t *digest, int64_t now_us)
{
	cstn_agreement *a = get(digest);
	int32_t state = cstn_agreement_state_at(a, now_us);

	cstn_agreement_unref(a);
	return state;
}

/* A drafted and signed act on what the store has; to be freed. */
static char *note_of(const uint8_t *digest, cstn_transition t)
{
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;
	cstn_agreement *a = get(digest), *successor = NULL;
	char *note;

	if (t.event == CSTN_TRANSITION_SUPERSEDE)
		successor = get(t.successor);
	options.successor = successor;
	SHARING_OK(cstn_agreement_draft(a, &options, &t, &error));
	note = agreement_sign(&world, a, &t);
	cstn_agreement_unref(a);
	cstn_agreement_unref(successor);
	return note;
}

static cstn_status apply(const char *note, uint32_t cured)
{
	return cstn_agreement_store_apply(store, note, strlen(note), world.keys, cured, NULL, NULL);
}

static void act(const uint8_t *digest, cstn_transition t)
{
	char *note = note_of(digest, t);

	ck_assert_int_eq(apply(note, 0), CSTN_OK);
	free(note);
}

START_TEST(equal_terms_are_reused_while_they_live)
{
	cstn_agreement_body body = agreement_body(5), again = agreement_body(5);
	const cstn_agreement *first = put(&body, 20);
	cstn_agreement *found;

	again.made_us = 11;
	ck_assert_ptr_eq(put(&again, 999), first);
	ck_assert_uint_eq(cstn_agreement_store_count(store), 1);
	ck_assert_ptr_ne(put(&again, 1000), first);
	ck_assert_uint_eq(cstn_agreement_store_count(store), 2);
	SHARING_OK(cstn_agreement_store_find(
			store, "maker", "shop", "c1", body.terms, 20, &found, &error));
	cstn_agreement_unref(found);
	ck_assert_int_eq(cstn_agreement_store_find(store, "maker", "shop", "c1", body.terms, 1000,
					 &found, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_agreement_store_find(
					 store, "shop", "maker", "c1", NULL, 20, &found, NULL),
			CSTN_E_NOT_FOUND);
	body.terms[31]++;
	ck_assert_int_eq(cstn_agreement_store_find(store, "maker", "shop", "c1", body.terms, 20,
					 &found, NULL),
			CSTN_E_NOT_FOUND);
}
END_TEST

START_TEST(candidates_of_a_decision_stand_together)
{
	static const char *const parties[] = {"maker", "shop", "third"};
	cstn_agreement_body body;
	size_t first, count, i, k, n = 0;
	uint8_t terms;

	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			for (terms = 1; terms < 4 && i != k; terms++, n++) {
				body = agreement_body((uint8_t)(4 - terms));
				body.provider = parties[i];
				body.recipient = parties[k];
				body.constellation = terms == 1 ? "c2" : "c1";
				put(&body, 20);
			}
	ck_assert_uint_eq(cstn_agreement_store_count(store), n);
	SHARING_OK(cstn_agreement_store_range(
			store, "shop", "third", "c1", &first, &count, &error));
	ck_assert_uint_eq(count, 2);
	for (i = first; i < first + count; i++) {
		SHARING_OK(cstn_agreement_get_body(
				cstn_agreement_store_at(store, i), &body, &error));
		ck_assert_str_eq(body.provider, "shop");
		ck_assert_str_eq(body.recipient, "third");
		ck_assert_str_eq(body.constellation, "c1");
	}
	ck_assert_ptr_null(cstn_agreement_store_at(store, n));
	SHARING_OK(cstn_agreement_store_range(
			store, "shop", "shopx", "c1", &first, &count, &error));
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* maker -> shop -> third -> maker, each derived from the one before; digests in order. */
static void put_chain(uint8_t digests[3][32])
{
	static const char *const parties[] = {"maker", "shop", "third", "maker"};
	int i;

	for (i = 0; i < 3; i++) {
		cstn_agreement_body body = agreement_body((uint8_t)(i + 1));

		body.provider = parties[i];
		body.recipient = parties[i + 1];
		if (i)
			memcpy(body.parent, digests[i - 1], 32);
		memcpy(digests[i], cstn_agreement_digest(put_with_terms(&body, 3 - i)), 32);
	}
}

static void check_chain(uint8_t digests[3][32], int64_t now_us, int32_t top, int32_t below)
{
	ck_assert_int_eq(state_of(digests[0], now_us), top);
	ck_assert_int_eq(state_of(digests[1], now_us), below);
	ck_assert_int_eq(state_of(digests[2], now_us), below);
}

START_TEST(what_derives_is_suspended_in_the_same_act_and_wakes_again)
{
	cstn_agreement_info info;
	uint8_t digests[3][32];
	cstn_agreement *a;

	put_chain(digests);
	check_chain(digests, 150, CSTN_AGREEMENT_ACTIVE, CSTN_AGREEMENT_ACTIVE);
	act(digests[0], agreement_act(CSTN_TRANSITION_SUSPEND, R, CSTN_CAUSE_DISPUTE, 200));
	check_chain(digests, 200, CSTN_AGREEMENT_SUSPENDED, CSTN_AGREEMENT_SUSPENDED);
	a = get(digests[2]);
	info = agreement_info(a, 200);
	ck_assert_uint_eq(info.holds, CSTN_HOLD_PARENT);
	ck_assert_int_eq(info.cause, CSTN_CAUSE_CONDITION_UNKNOWN);
	ck_assert_int_eq(info.chain_state, CSTN_AGREEMENT_ACTIVE);
	cstn_agreement_unref(a);
	act(digests[0], agreement_act(CSTN_TRANSITION_RESUME, R, CSTN_CAUSE_DISPUTE, 210));
	check_chain(digests, 210, CSTN_AGREEMENT_ACTIVE, CSTN_AGREEMENT_ACTIVE);
}
END_TEST

START_TEST(a_parent_that_ends_by_the_clock_holds_what_derives)
{
	cstn_transition retire = agreement_act(CSTN_TRANSITION_RETIRE, P, 0, 200);
	uint8_t digests[3][32];

	put_chain(digests);
	retire.effective_us = 300;
	act(digests[0], retire);
	/* RETIRING from ACTIVE decides, and so does what derives from it. */
	check_chain(digests, 299, CSTN_AGREEMENT_RETIRING, CSTN_AGREEMENT_ACTIVE);
	check_chain(digests, 300, CSTN_AGREEMENT_RETIRED, CSTN_AGREEMENT_SUSPENDED);
	check_chain(digests, 1000, CSTN_AGREEMENT_RETIRED, CSTN_AGREEMENT_EXPIRED);
}
END_TEST

START_TEST(what_derives_from_nothing_here_is_refused_or_held)
{
	cstn_agreement_body body = agreement_body(1);
	cstn_agreement *made, *kept = NULL;

	memset(body.parent, 9, 32);
	made = agreement_of(&world, &body);
	ck_assert_int_eq(cstn_agreement_state_at(made, 150), CSTN_AGREEMENT_SUSPENDED);
	SHARING_FAILS(CSTN_E_NOT_FOUND, "that it derives from",
			cstn_agreement_store_put(store, made, NULL, 20, &kept, &error));
	ck_assert_uint_eq(cstn_agreement_store_count(store), 0);
	cstn_agreement_unref(made);
}
END_TEST

START_TEST(the_recipient_of_a_parent_passes_on_within_its_terms)
{
	cstn_agreement_body body = agreement_body(2);
	cstn_agreement *parent = with_terms(&body, 2), *made, *kept = NULL;

	memcpy(body.parent, cstn_agreement_digest(parent), 32);
	body.provider = "third";
	made = with_terms(&body, 1);
	SHARING_FAILS(CSTN_E_MISMATCH, "'third' passes on",
			cstn_agreement_derive(made, parent, NULL, &kept, &error));
	cstn_agreement_unref(made);
	body.provider = "shop";
	body.recipient = "third";
	made = with_terms(&body, 2);
	SHARING_FAILS(CSTN_E_MISMATCH, "term 0 is within none of the parent's: onward",
			cstn_agreement_derive(made, parent, NULL, &kept, &error));
	cstn_agreement_unref(made);
	made = agreement_of(&world, &body);
	SHARING_FAILS(CSTN_E_MISSING, "the terms of the agreement were not given",
			cstn_agreement_derive(made, parent, NULL, &kept, &error));
	cstn_agreement_unref(made);
	made = with_terms(&body, 1);
	SHARING_OK(cstn_agreement_derive(made, parent, NULL, &kept, &error));
	ck_assert_int_eq(cstn_agreement_state_at(made, 150), CSTN_AGREEMENT_SUSPENDED);
	ck_assert_int_eq(cstn_agreement_state_at(kept, 150), CSTN_AGREEMENT_ACTIVE);
	cstn_agreement_unref(parent);
	cstn_agreement_unref(made);
	cstn_agreement_unref(kept);
}
END_TEST

START_TEST(deriving_has_an_end)
{
	cstn_agreement_body body = agreement_body(1);
	cstn_agreement *made, *kept = NULL;
	int i;

	for (i = 0; i <= CSTN_AGREEMENT_DEPTH_MOST; i++) {
		body.provider = i & 1 ? "shop" : "maker";
		body.recipient = i & 1 ? "maker" : "shop";
		memcpy(body.parent,
				cstn_agreement_digest(put_with_terms(
						&body, CSTN_AGREEMENT_DEPTH_MOST - i)),
				32);
	}
	body.provider = "shop";
	body.recipient = "maker";
	made = with_terms(&body, 0);
	SHARING_FAILS(CSTN_E_LIMIT, "more than 8 agreements above",
			cstn_agreement_store_put(store, made, NULL, 20, &kept, &error));
	cstn_agreement_unref(made);
}
END_TEST

START_TEST(a_successor_stands_beside_and_then_instead)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_transition t = agreement_act(CSTN_TRANSITION_SUPERSEDE, P, 0, 200);
	uint8_t before[32], after[32];
	char *note;

	memcpy(before, cstn_agreement_digest(put(&body, 20)), 32);
	memcpy(body.predecessor, before, 32);
	memcpy(after, cstn_agreement_digest(put(&body, 20)), 32);
	ck_assert_uint_eq(cstn_agreement_store_count(store), 2);
	memcpy(t.successor, after, 32);
	note = note_of(before, t);
	ck_assert_int_eq(apply(note, 0), CSTN_OK);
	ck_assert_int_eq(state_of(before, 200), CSTN_AGREEMENT_SUPERSEDED);
	ck_assert_int_eq(state_of(after, 200), CSTN_AGREEMENT_ACTIVE);
	free(note);
}
END_TEST

START_TEST(gaps_and_forks_suspend_in_the_store_too)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body), *next, *held = NULL;
	cstn_transition t = agreement_act(CSTN_TRANSITION_RENEW, P, 0, 150), other;
	uint8_t digest[32];
	char *one, *two, *fork;

	memcpy(digest, cstn_agreement_digest(put(&body, 20)), 32);
	other = agreement_act(CSTN_TRANSITION_RENEW, P, 0, 151);
	SHARING_OK(cstn_agreement_draft(a, NULL, &other, &error));
	fork = agreement_sign(&world, a, &other);
	SHARING_OK(cstn_agreement_draft(a, NULL, &t, &error));
	one = agreement_sign(&world, a, &t);
	SHARING_OK(agreement_apply(&world, a, one, &next, &error));
	t = agreement_act(CSTN_TRANSITION_RENEW, P, 0, 160);
	SHARING_OK(cstn_agreement_draft(next, NULL, &t, &error));
	two = agreement_sign(&world, next, &t);
	SHARING_FAILS(CSTN_E_MISSING, "transition 1 is missing before 2",
			cstn_agreement_store_apply(
					store, two, strlen(two), world.keys, 0, &held, &error));
	ck_assert_uint_eq(agreement_info(held, 170).holds, CSTN_HOLD_MISSING);
	ck_assert_int_eq(state_of(digest, 170), CSTN_AGREEMENT_SUSPENDED);
	ck_assert_int_eq(apply(one, 0), CSTN_OK);
	ck_assert_int_eq(state_of(digest, 170), CSTN_AGREEMENT_SUSPENDED);
	ck_assert_int_eq(apply(two, 0), CSTN_OK);
	ck_assert_int_eq(state_of(digest, 170), CSTN_AGREEMENT_ACTIVE);
	ck_assert_int_eq(apply(fork, 0), CSTN_E_SPLIT_VIEW);
	ck_assert_int_eq(state_of(digest, 170), CSTN_AGREEMENT_SUSPENDED);
	cstn_agreement_unref(a);
	cstn_agreement_unref(next);
	cstn_agreement_unref(held);
	free(one);
	free(two);
	free(fork);
}
END_TEST

START_TEST(a_cured_cause_lets_the_other_side_resume)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_transition t =
			agreement_act(CSTN_TRANSITION_RESUME, P, CSTN_CAUSE_MEMBERSHIP_LAPSED, 210);
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;
	uint8_t digest[32];
	cstn_agreement *a;
	char *note;

	memcpy(digest, cstn_agreement_digest(put(&body, 20)), 32);
	act(digest, agreement_act(CSTN_TRANSITION_SUSPEND, R, CSTN_CAUSE_MEMBERSHIP_LAPSED, 200));
	a = get(digest);
	options.cured = 1u << CSTN_CAUSE_MEMBERSHIP_LAPSED;
	SHARING_OK(cstn_agreement_draft(a, &options, &t, &error));
	note = agreement_sign(&world, a, &t);
	ck_assert_int_eq(apply(note, 1u << CSTN_CAUSE_DUTY_OVERDUE), CSTN_E_STATE);
	ck_assert_int_eq(state_of(digest, 210), CSTN_AGREEMENT_SUSPENDED);
	ck_assert_int_eq(apply(note, options.cured), CSTN_OK);
	ck_assert_int_eq(state_of(digest, 210), CSTN_AGREEMENT_ACTIVE);
	cstn_agreement_unref(a);
	free(note);
}
END_TEST

START_TEST(a_store_goes_through_its_bytes)
{
	cstn_agreement_store *back;
	cstn_buffer *bytes, *again;
	uint8_t digests[3][32];
	size_t size;

	put_chain(digests);
	act(digests[0], agreement_act(CSTN_TRANSITION_SUSPEND, R, CSTN_CAUSE_DISPUTE, 200));
	SHARING_OK(cstn_agreement_store_serialize(store, &bytes, &error));
	size = cstn_buffer_size(bytes);
	SHARING_OK(cstn_agreement_store_deserialize(
			cstn_buffer_data(bytes), size, NULL, &back, &error));
	SHARING_OK(cstn_agreement_store_serialize(back, &again, &error));
	ck_assert_uint_eq(cstn_buffer_size(again), size);
	ck_assert_mem_eq(cstn_buffer_data(again), cstn_buffer_data(bytes), size);
	cstn_agreement_store_free(store);
	store = back;
	check_chain(digests, 200, CSTN_AGREEMENT_SUSPENDED, CSTN_AGREEMENT_SUSPENDED);
	act(digests[0], agreement_act(CSTN_TRANSITION_RESUME, R, CSTN_CAUSE_DISPUTE, 210));
	check_chain(digests, 210, CSTN_AGREEMENT_ACTIVE, CSTN_AGREEMENT_ACTIVE);
	back = NULL;
	ck_assert_int_eq(cstn_agreement_store_deserialize(
					 cstn_buffer_data(bytes), size - 1, NULL, &back, NULL),
			CSTN_E_FORMAT);
	ck_assert_ptr_null(back);
	cstn_buffer_free(bytes);
	cstn_buffer_free(again);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agreement_store");
	TCase *all = tcase_create("agreement_store");

	tcase_add_checked_fixture(all, open_world, close_world);
	tcase_add_test(all, equal_terms_are_reused_while_they_live);
	tcase_add_test(all, candidates_of_a_decision_stand_together);
	tcase_add_test(all, what_derives_is_suspended_in_the_same_act_and_wakes_again);
	tcase_add_test(all, a_parent_that_ends_by_the_clock_holds_what_derives);
	tcase_add_test(all, what_derives_from_nothing_here_is_refused_or_held);
	tcase_add_test(all, the_recipient_of_a_parent_passes_on_within_its_terms);
	tcase_add_test(all, deriving_has_an_end);
	tcase_add_test(all, a_successor_stands_beside_and_then_instead);
	tcase_add_test(all, gaps_and_forks_suspend_in_the_store_too);
	tcase_add_test(all, a_cured_cause_lets_the_other_side_resume);
	tcase_add_test(all, a_store_goes_through_its_bytes);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
