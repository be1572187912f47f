/* A maker and a shop come to terms, sign, and live with it: offer, counter-offer, agreement,
 * suspension, resumption, retirement. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#define DAY INT64_C(86400000000)

/* What both sides have: the keys, and the state as each message and transition leaves it. */
typedef struct story {
	cstn_party_keys *keys;
	cstn_buffer *maker, *shop; /* signer keys, which each keeps for himself */
	cstn_negotiation *negotiation;
	cstn_agreement *agreement;
} story;

static const char *text(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* A key of a party that holds for the year. The seed is for the example; leave it out. */
static cstn_status add_key(
		story *s, const char *party, uint8_t seed, cstn_buffer **signer, cstn_error **error)
{
	uint8_t bytes[32] = {seed};
	cstn_buffer *verifier;
	cstn_status status = cstn_note_key_new(party, strlen(party), CSTN_NOTE_KEY_SIGN, bytes,
			NULL, signer, &verifier, error);
	/* [keys] */
	cstn_party_key key = CSTN_PARTY_KEY_INIT;

	if (status != CSTN_OK)
		return status;
	key.party = party;
	key.use = CSTN_PARTY_KEY_SIGN;
	key.verifier = text(verifier);
	key.from_us = 0;
	key.until_us = 365 * DAY;
	status = cstn_party_keys_add(s->keys, &key, error);
	/* [keys] */
	cstn_buffer_free(verifier);
	return status;
}

/* One side says something about terms; both apply the signed note. */
static cstn_status say(story *s, int32_t type, int32_t actor, uint8_t terms, int64_t day,
		cstn_error **error)
{
	cstn_buffer *note;
	cstn_negotiation *next;
	cstn_status status;
	/* [message] */
	cstn_negotiation_message message = CSTN_NEGOTIATION_MESSAGE_INIT;

	message.type = type;
	message.actor = actor;
	message.negotiation = "n-2025-1";
	message.negotiation_len = strlen(message.negotiation);
	message.now_us = day * DAY;
	message.expires_us = type == CSTN_MESSAGE_OFFER ? message.now_us + 7 * DAY : 0;
	memset(message.id, (int)(10 * day + type), sizeof(message.id)); /* random in earnest */
	memset(message.digest, terms, sizeof(message.digest));          /* cstn_term_set_digest() */
	status = cstn_negotiation_message_sign(&message,
			text(actor == CSTN_ACTOR_PROVIDER ? s->maker : s->shop), NULL, &note,
			error);
	if (status != CSTN_OK)
		return status;
	status = cstn_negotiation_apply_note(
			s->negotiation, text(note), cstn_buffer_size(note), s->keys, &next, error);
	/* [message] */
	cstn_buffer_free(note);
	if (status != CSTN_OK)
		return status;
	cstn_negotiation_unref(s->negotiation);
	s->negotiation = next;
	printf("day %d: the %s says %s: %s\n", (int)day, cstn_actor_name(actor),
			cstn_negotiation_message_name(type),
			cstn_negotiation_state_name(cstn_negotiation_state(next)));
	return CSTN_OK;
}

static cstn_status negotiate(story *s, cstn_error **error)
{
	cstn_negotiation_options options = CSTN_NEGOTIATION_OPTIONS_INIT;
	cstn_error *why = NULL;
	cstn_status status;

	options.id = "n-2025-1";
	options.provider = "maker";
	options.recipient = "shop";
	options.constellation = "spring";
	status = cstn_negotiation_new(&options, &s->negotiation, error);
	if (status == CSTN_OK)
		status = say(s, CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 0xa1, 1, error);
	if (status == CSTN_OK)
		status = say(s, CSTN_MESSAGE_REQUEST, CSTN_ACTOR_RECIPIENT, 0xb2, 2, error);
	if (status == CSTN_OK)
		status = say(s, CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 0xc3, 3, error);
	if (status != CSTN_OK)
		return status;
	/* The shop answers what it asked for, not what it was offered. */
	if (say(s, CSTN_MESSAGE_ACCEPT, CSTN_ACTOR_RECIPIENT, 0xb2, 4, &why) != CSTN_E_STALE)
		return CSTN_E_STATE;
	printf("day 4: %s\n", cstn_error_message(why));
	cstn_error_free(why);
	status = say(s, CSTN_MESSAGE_ACCEPT, CSTN_ACTOR_RECIPIENT, 0xc3, 4, error);
	if (status == CSTN_OK)
		status = say(s, CSTN_MESSAGE_AGREE, CSTN_ACTOR_PROVIDER, 0xc3, 4, error);
	if (status == CSTN_OK)
		status = say(s, CSTN_MESSAGE_VERIFY, CSTN_ACTOR_RECIPIENT, 0xc3, 4, error);
	if (status == CSTN_OK)
		status = say(s, CSTN_MESSAGE_FINALIZE, CSTN_ACTOR_PROVIDER, 0xc3, 5, error);
	return status;
}

/* Both sign one text, and either opens it. */
static cstn_status conclude(story *s, cstn_error **error)
{
	const char *signers[2] = {text(s->maker), text(s->shop)};
	cstn_buffer *body_text, *note;
	cstn_status status;
	/* [body] */
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;

	body.provider = "maker";
	body.recipient = "shop";
	body.constellation = "spring";
	body.retire_by = CSTN_BY_RECIPIENT | CSTN_BY_PROVIDER;
	body.notice_us = 14 * DAY;
	body.made_us = 5 * DAY;
	body.valid_from_us = 10 * DAY;
	body.valid_until_us = 300 * DAY;
	memset(body.terms, 0xc3, sizeof(body.terms));
	status = cstn_agreement_body_format(&body, NULL, &body_text, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_note_sign(text(body_text), cstn_buffer_size(body_text), NULL, 0, signers, 2,
			NULL, &note, error);
	cstn_buffer_free(body_text);
	if (status != CSTN_OK)
		return status;
	status = cstn_agreement_open(text(note), cstn_buffer_size(note), s->keys, s->negotiation,
			NULL, &s->agreement, error);
	/* [body] */
	cstn_buffer_free(note);
	return status;
}

static void show(const story *s, int64_t day)
{
	cstn_agreement_info info = CSTN_AGREEMENT_INFO_INIT;

	if (cstn_agreement_get_info(s->agreement, day * DAY, &info, NULL) == CSTN_OK)
		printf("day %d: %s%s%s\n", (int)day, cstn_agreement_state_name(info.state),
				info.cause ? ", " : "",
				cstn_cause_name(info.cause ? info.cause : -1));
}

/* An act of one side: drafted, signed, applied. The note goes to the other side as it is. */
static cstn_status act(story *s, cstn_transition transition, cstn_error **error)
{
	cstn_buffer *note;
	cstn_agreement *next;
	/* [act] */
	cstn_status status = cstn_agreement_draft(s->agreement, NULL, &transition, error);

	if (status == CSTN_OK)
		status = cstn_transition_sign(&transition,
				text(transition.actor == CSTN_ACTOR_PROVIDER ? s->maker : s->shop),
				NULL, &note, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_agreement_apply(s->agreement, text(note), cstn_buffer_size(note), s->keys,
			NULL, &next, error);
	/* [act] */
	cstn_buffer_free(note);
	if (status != CSTN_OK)
		return status;
	cstn_agreement_unref(s->agreement);
	s->agreement = next;
	printf("%s of the %s\n", cstn_transition_event_name(transition.event),
			cstn_actor_name(transition.actor));
	return CSTN_OK;
}

static cstn_transition act_of(int32_t event, int32_t actor, int32_t cause, int64_t day)
{
	cstn_transition transition = CSTN_TRANSITION_INIT;

	transition.event = event;
	transition.actor = actor;
	transition.cause = cause;
	transition.at_us = day * DAY;
	return transition;
}

static cstn_status live(story *s, cstn_error **error)
{
	cstn_transition retire = act_of(CSTN_TRANSITION_RETIRE, CSTN_ACTOR_RECIPIENT, 0, 200);
	cstn_status status;

	show(s, 9);
	show(s, 10);
	status = act(s,
			act_of(CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_PROVIDER,
					CSTN_CAUSE_DUTY_OVERDUE, 90),
			error);
	if (status != CSTN_OK)
		return status;
	show(s, 90);
	status = act(s,
			act_of(CSTN_TRANSITION_RESUME, CSTN_ACTOR_PROVIDER, CSTN_CAUSE_DUTY_OVERDUE,
					95),
			error);
	if (status != CSTN_OK)
		return status;
	show(s, 95);
	retire.effective_us = 214 * DAY;
	status = act(s, retire, error);
	if (status != CSTN_OK)
		return status;
	show(s, 213);
	show(s, 214);
	printf("delete is %s, attribute is %s\n",
			cstn_agreement_duty_is_live(s->agreement, "delete", 0, 214 * DAY) ? "owed"
											  : "over",
			cstn_agreement_duty_is_live(s->agreement, "attribute", 0, 214 * DAY)
					? "owed"
					: "over");
	return CSTN_OK;
}

int main(void)
{
	story s = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status = cstn_party_keys_new(NULL, &s.keys, &error);

	if (status == CSTN_OK)
		status = add_key(&s, "maker", 1, &s.maker, &error);
	if (status == CSTN_OK)
		status = add_key(&s, "shop", 2, &s.shop, &error);
	if (status == CSTN_OK)
		status = negotiate(&s, &error);
	if (status == CSTN_OK)
		status = conclude(&s, &error);
	if (status == CSTN_OK)
		status = live(&s, &error);
	if (status != CSTN_OK)
		fprintf(stderr, "agreement: %s\n", cstn_error_message(error));
	cstn_error_free(error);
	cstn_agreement_unref(s.agreement);
	cstn_negotiation_unref(s.negotiation);
	cstn_buffer_free(s.maker);
	cstn_buffer_free(s.shop);
	cstn_party_keys_free(s.keys);
	return status == CSTN_OK ? 0 : 1;
}
