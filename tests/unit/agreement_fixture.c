#include "agreement_fixture.h"

#include "suite.h"

void agreement_world_open(agreement_world *world)
{
	world->keys = sharing_book();
	world->maker = sharing_key_of("maker.example", CSTN_NOTE_KEY_SIGN, 1);
	world->shop = sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 2);
	world->third = sharing_key_of("third.example", CSTN_NOTE_KEY_SIGN, 3);
	sharing_add(world->keys, "maker", CSTN_PARTY_KEY_SIGN, world->maker.verifier, INT64_MIN,
			INT64_MAX);
	sharing_add(world->keys, "shop", CSTN_PARTY_KEY_SIGN, world->shop.verifier, INT64_MIN,
			INT64_MAX);
	sharing_add(world->keys, "third", CSTN_PARTY_KEY_SIGN, world->third.verifier, INT64_MIN,
			INT64_MAX);
}

void agreement_world_close(agreement_world *world)
{
	cstn_party_keys_free(world->keys);
}

const char *agreement_signer(const agreement_world *world, const char *party)
{
	return strcmp(party, "maker") == 0  ? world->maker.signer
	       : strcmp(party, "shop") == 0 ? world->shop.signer
					    : world->third.signer;
}

cstn_agreement_body agreement_body(uint8_t terms)
{
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;

	body.provider = "maker";
	body.recipient = "shop";
	body.constellation = "c1";
	body.condition = "disruption 17 resolved";
	body.made_us = 10;
	body.valid_from_us = 100;
	body.valid_until_us = 1000;
	body.notice_us = 50;
	memset(body.terms, terms, sizeof(body.terms));
	return body;
}

cstn_term_set *agreement_terms(const char *provider, const char *recipient, int32_t hops)
{
	const cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;

	return agreement_terms_ended(provider, recipient, hops, &revocation);
}

cstn_term_set *agreement_terms_ended(const char *provider, const char *recipient, int32_t hops,
		const cstn_term_revocation *revocation)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	cstn_term_builder *builder;
	cstn_term_set *set;
	cstn_term *term;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	SHARING_OK(cstn_term_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_term_builder_set_provider(builder, provider, &error));
	SHARING_OK(cstn_term_builder_set_recipient(builder, recipient, &error));
	SHARING_OK(cstn_term_builder_set_constellation(builder, "c1", &error));
	SHARING_OK(cstn_term_builder_add_field(builder, "order.qty", &error));
	SHARING_OK(cstn_term_builder_set_purpose(builder, "planning", &error));
	SHARING_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &error));
	SHARING_OK(cstn_term_builder_add_consideration(builder, &gift, &error));
	onward.to = hops ? CSTN_ONWARD_SAME_CONSTELLATION : CSTN_ONWARD_NONE;
	onward.max_hops = hops;
	SHARING_OK(cstn_term_builder_set_onward(builder, &onward, &error));
	SHARING_OK(cstn_term_builder_set_revocation(builder, revocation, &error));
	SHARING_OK(cstn_term_builder_build(builder, &term, &error));
	cstn_term_builder_free(builder);
	SHARING_OK(cstn_term_set_new(&term, 1, NULL, &set, &error));
	cstn_term_unref(term);
	return set;
}

char *agreement_note(const agreement_world *world, const cstn_agreement_body *body)
{
	const char *signers[] = {agreement_signer(world, body->provider),
			agreement_signer(world, body->recipient)};
	cstn_buffer *text, *note;

	SHARING_OK(cstn_agreement_body_format(body, NULL, &text, &error));
	SHARING_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text),
			NULL, 0, signers, 2, NULL, &note, &error));
	cstn_buffer_free(text);
	return sharing_text(note);
}

cstn_agreement *agreement_of(const agreement_world *world, const cstn_agreement_body *body)
{
	char *note = agreement_note(world, body);
	cstn_agreement *out;

	SHARING_OK(cstn_agreement_open(note, strlen(note), world->keys, NULL, NULL, &out, &error));
	free(note);
	return out;
}

cstn_transition agreement_act(int32_t event, int32_t actor, int32_t cause, int64_t at_us)
{
	cstn_transition t = CSTN_TRANSITION_INIT;

	t.event = event;
	t.actor = actor;
	t.cause = cause;
	t.at_us = at_us;
	if (event == CSTN_TRANSITION_CONDITION_ENDED) {
		t.reason = "disruption 17 resolved";
		t.reason_len = strlen(t.reason);
	}
	return t;
}

char *agreement_sign(const agreement_world *world, const cstn_agreement *agreement,
		const cstn_transition *drafted)
{
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_buffer *note;

	SHARING_OK(cstn_agreement_get_body(agreement, &body, &error));
	SHARING_OK(cstn_transition_sign(drafted,
			agreement_signer(world, drafted->actor == CSTN_ACTOR_PROVIDER
								? body.provider
								: body.recipient),
			NULL, &note, &error));
	return sharing_text(note);
}

cstn_status agreement_apply(const agreement_world *world, const cstn_agreement *agreement,
		const char *note, cstn_agreement **out, cstn_error **error)
{
	*out = NULL;
	return cstn_agreement_apply(agreement, note, strlen(note), world->keys, NULL, out, error);
}

cstn_agreement *agreement_do(
		const agreement_world *world, cstn_agreement *agreement, cstn_transition act)
{
	cstn_agreement *out;
	char *note;

	SHARING_OK(cstn_agreement_draft(agreement, NULL, &act, &error));
	note = agreement_sign(world, agreement, &act);
	SHARING_OK(agreement_apply(world, agreement, note, &out, &error));
	free(note);
	cstn_agreement_unref(agreement);
	return out;
}

cstn_agreement_info agreement_info(const cstn_agreement *agreement, int64_t now_us)
{
	cstn_agreement_info info = CSTN_AGREEMENT_INFO_INIT;

	SHARING_OK(cstn_agreement_get_info(agreement, now_us, &info, &error));
	return info;
}

char *agreement_bytes(const cstn_agreement *agreement)
{
	cstn_buffer *out;

	SHARING_OK(cstn_agreement_serialize(agreement, &out, &error));
	return sharing_text(out);
}
