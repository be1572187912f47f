#ifndef TESTS_CRASH_VAULT_DESK_H
#define TESTS_CRASH_VAULT_DESK_H

#include <constellation/constellation.h>

#include "sim_vfs.h"
#include "store/store.h"

/* A vault and the network that has its log, on one model disk, with what they must hold; and the
 * things that are done to them. While one is done, the disk is cloned before every call that
 * writes. What a vault holds is kept here in the plainest way: who has which version of a value. */
#define DESK_PEOPLE 6u
#define DESK_VAULT "/vault"
#define DESK_NETWORK "/net"
#define DESK_MARK 16u

typedef struct desk_person {
	uint32_t email, name; /* versions; 0: never put */
	uint32_t salted, held, deferred, erased;
	uint32_t part; /* 1: what is of the category of the e-mail was erased */
} desk_person;
typedef struct desk_world {
	desk_person people[DESK_PEOPLE];
} desk_world;

typedef enum desk_op {
	DESK_PUT,        /* one or two values of a person */
	DESK_PUT_TWO,    /* values of two people at once */
	DESK_COMMIT,     /* a commitment, under a new salt */
	DESK_ERASE,      /* a person, whoever it is */
	DESK_ERASE_LIVE, /* one that is there */
	DESK_ERASE_PART, /* the e-mail of one that is there */
	DESK_HOLD,       /* or lift it */
	DESK_PURGE,
	DESK_BACKUP,  /* of the cells, and of the keys under an epoch */
	DESK_RESTORE, /* the keys into the last backup */
	DESK_CHECKPOINT,
	DESK_CLOSE, /* and open again */
	DESK_DROP,  /* as the end of the process does */
	DESK_OPS
} desk_op;
const char *desk_op_name(desk_op op);

/* The first bytes of a key slot that was a person's: a wrapped key, a salt or a search row. */
typedef struct desk_mark {
	uint32_t who, part; /* 1: of the category of the e-mail */
	uint8_t bytes[DESK_MARK];
} desk_mark;

/* A tree that the log had: so large, with this root. */
typedef struct desk_root {
	uint64_t size;
	uint8_t bytes[32];
} desk_root;

typedef struct desk_capture {
	sim_disk *disk;
	desk_world before, after; /* what it may hold: one of the two */
	size_t n_roots;
	desk_op op;
	int copied; /* 1: the last backup is whole */
	sim_call call;
} desk_capture;

typedef struct desk {
	sim_vfs *sim;
	cstn_network *network;
	cstn_vault *vault;
	cstn__store_options store;
	sim_dice dice;
	uint64_t randoms, now_us;
	uint8_t names[DESK_PEOPLE][16]; /* pseudonyms */
	uint8_t commitments[DESK_PEOPLE][32];
	desk_world now, after;
	desk_mark *marks;
	size_t n_marks, mark_capacity;
	desk_root *roots;
	size_t n_roots, root_capacity;
	uint32_t n_backups; /* the last one is in "/backupN" with N one less */
	int copied;         /* 1: and its keys are in `keys` */
	cstn_buffer *keys;
	desk_world copy;
	desk_op op;
	int unproved;           /* 1: the log is a journal */
	desk_capture *captures; /* while `capturing` */
	size_t n_captures, capture_capacity;
	int capturing;
	char why[512];
} desk;

int desk_begin(desk *at, const cstn__store_options *store, uint64_t seed);
int desk_do(desk *at, desk_op op); /* 0, or -1 with why */
/* From now on erasures are written down by a journal, which counts them. */
int desk_journal(desk *at, uint64_t *n);
void desk_capture_now(desk *at); /* as if a call followed */
void desk_captures_free(desk *at);
void desk_end(desk *at);

/* Always -1, with why. */
int desk_wrong(desk *at, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Whether a mark is of what was erased. */
int desk_is_erased(const desk_world *world, const desk_mark *mark);
/* What is said with an erasure of the e-mail alone. */
#define DESK_PART_REASON "a part of it"
void desk_person_id(uint32_t who, char out[16]);
void desk_email(uint32_t who, uint32_t version, char out[48]);
void desk_name(uint32_t who, uint32_t version, char out[48]);
void desk_backup_path(uint32_t number, char out[24]);
/* On some process of the disk: the network; a vault, with its log in *network, or `network` NULL.
 */
int desk_open_network(desk *at, sim_vfs *sim, cstn_network **network);
int desk_open(desk *at, sim_vfs *sim, const char *path, cstn_network **network, cstn_vault **vault);
/* The keys of the last backup into its copy; a wrong epoch is refused. */
int desk_restore(desk *at, cstn_vault *copy);
/* The slots that the vault has now, added to the marks. */
int desk_take_marks(desk *at, cstn_vault *vault);

/* --- what is asked of a disk after a crash (vault_image.c) --- */
typedef struct desk_count {
	uint64_t states, nested, soft, probes, copies, bytes;
} desk_count;
/* `nested` 1: with a crash inside the recovery. 0, or -1 with why. The image is written to. */
int desk_check(desk *at, const desk_capture *capture, sim_disk *image, uint64_t seed, int nested,
		desk_count *count);

#endif
