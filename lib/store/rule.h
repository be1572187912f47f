#ifndef CSTN_STORE_RULE_H
#define CSTN_STORE_RULE_H

/* The protocol's rules by number, so that the crash tests can turn one off and must then see it
 * missed. In the library each is the constant 1: `if (CSTN__RULE(5)) status = sync_folder(...)`.
 * The crash tests compile lib/store once more with CSTN_MUTANTS and define cstn__rule(). */
#define CSTN__RULE_SYNC_COMMIT 1
#define CSTN__RULE_SYNC_SEGMENT 2
#define CSTN__RULE_SYNC_LOG_HEADER 3
#define CSTN__RULE_SYNC_MANIFEST 4
#define CSTN__RULE_FOLDER_BEFORE_RENAME 5
#define CSTN__RULE_FOLDER_AFTER_RENAME 6
#define CSTN__RULE_UNLINK_LATE 7
#define CSTN__RULE_ROTATE_AFTER_SHORT_WRITE 8
#define CSTN__RULE_NEVER_RETRY_SYNC 9
#define CSTN__RULE_FRAME_HASH 10
#define CSTN__RULE_MANIFEST_HASH 11
#define CSTN__RULE_BLOCK_HASH 12
#define CSTN__RULE_CONTIGUOUS_SEQ 13
#define CSTN__RULE_DURABLE_LEN 14
#define CSTN__RULE_REWRITE_AT_OPEN 15
#define CSTN__RULE_ROLL_BACK 16
#define CSTN__RULE_PUBLISH_AFTER_SYNC 17
#define CSTN__RULE_READ_ERROR_FAILS_OPEN 18
#define CSTN__RULE_SEEDED_BLOCKS 19
#define CSTN__RULE_CLEAN_AFTER_MANIFEST 20
#define CSTN__RULE_NEVER_OLDER_MANIFEST 21
#define CSTN__RULE_LATE_DEATHS 22
#define CSTN__RULE_DEAD_ROWS_WITH_SEGMENT 23
#define CSTN__RULE_SYNC_PARENT 24
#define CSTN__RULE_READER_LOCK 25
#define CSTN__RULE_SLOT_BEFORE_COMMIT 26
#define CSTN__RULE_ZERO_BEFORE_RETIRE 27
#define CSTN__RULE_KEY_FILE_WHEN_DEAD 28

#ifdef CSTN_MUTANTS
int cstn__rule(int number);
#define CSTN__RULE(number) cstn__rule(number)
#else
#define CSTN__RULE(number) 1
#endif

#endif
