/* The rules of single values: identifiers with check digits, ISO and UN/ECE codes, ranges.
 *
 * GS1 check digit (GLN, GTIN, SSCC): digits weighted 3, 1, 3 ... from the right, the sum with the
 * check digit a multiple of 10. LEI (ISO 17442): letters as 10..35, the number modulo 97 is 1 (ISO
 * 7064, MOD 97-10). Codes are as spelt in their standards: upper case, no spaces.
 *
 * Cost: O(length) a value; lists of codes are searched once a distinct value by the import. */
#include <inttypes.h>
#include <string.h>

#include <constellation/decimal.h>
#include <constellation/status.h>

#include "base/text.h"
#include "network/attributes.h"
#include "network/noun.h"

/* ISO 3166-1 alpha-2, officially assigned. */
static const char countries[] =
		"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCA"
		"CCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGA"
		"GBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP"
		"KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMS"
		"MTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORS"
		"RURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTW"
		"TZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/* UN/ECE Recommendation 20: codes of trade, logistics and measures. Codes of packages
 * (Recommendation 21) follow an X. */
static const char units[] =
		"23 2M 2N 2P 3B 4G 4H 4L 59 60 A1 A11 A87 A90 AA AB ACR AD AE AH AK AMP ANN "
		"APZ ARE AS ASM ATM ATT AV B17 BAR BB BE BG BH BHP BJ BK BL BLL BO BQ BQL BT "
		"BTU BUA BUI BX C45 C62 CA CDL CEL CEN CG CGM CH CJ CK CL CLT CMK CMQ CMT "
		"CNT CQ CR CRD CS CT CTM CU CUR CWA CWI CX CY D46 D61 D62 D63 DAA DAN DAY DC "
		"DD DG DJ DK DLT DMA DMK DMQ DMT DN DPC DPR DPT DR DRA DRI DRL DRM DS DT DTN "
		"DU DWT DX DY DZN DZP E01 E27 E34 E35 E36 E37 E48 E49 E99 EA EP EV FAH FAR "
		"FBM FC FD FE FG FIT FM FOT FTK FTQ G2 G21 G23 G24 G25 G3 GB GCV GDW GFI GGR "
		"GIA GIC GII GIP GL GLI GLL GN GRM GRN GRO GRT GT GV GWH H67 H87 HA HAR HB "
		"HC HDW HEA HGM HH HI HJ HKM HLT HM HMQ HMT HN HO HPA HTZ HUR HY IA IC IE IF "
		"II IL IM INH INK INQ IP IT J39 JB JE JK JM JO JOU JP JR K26 KA KAT KB KCC "
		"KD KDW KEL KF KGF KGM KGS KHY KHZ KI KIC KIP KJ KJO KL KLK KMA KMH KMK "
		"KMQ KMT KNI KNM KNS KNT KO KP KPA KPH KPO KPP KR KS KSD KSH KT KTM KTN KU "
		"KUR KVA KVR KVT KW KWH KWO KWT KX L2 LA LBR LC LD LE LEF LH LI LJ LK LM LN "
		"LNG LO LOT LP LPA LR LS LTN LTR LUB LUM LUX LX LY M0 M1 MA MAH MAL MAW MBE "
		"MBF MBR MC MD ME MF MGM MIK MIL MIN MK MLD MLT MMK MMQ MMT MON MPA MQ MQH "
		"MQS MTK MTQ MTR MTS MV MWH N1 N2 N3 NA NAR NB NC NCL NCR ND NE NEU NEW NF "
		"NG NH NI NIL NIU NJ NMB NMI NMP NN NOS NPL NPR NPT NQ NR NRL NT NU NV NX NY "
		"OA OHM ONZ OP OT OZ OZA OZI P1 P2 P3 P4 P5 P6 P7 P8 P9 PA PAL PB PCE PD PE "
		"PF PFL PG PGL PI PK PL PN PO PQ PR PS PT PTD PTI PTL PTN PU PV PW PY PZ QA "
		"QAN QB QD QH QK QR QT QTI QTL QTR R1 R4 RA RD RG RH RK RL RM RN RO ROM RP "
		"RS RT RU SA SAN SC SCR SD SE SEC SET SG SH SHT SIE SK SL SMI SN SO SP SQ SR "
		"SS ST STI STK STL STN STW SV SW SX T0 T1 T3 T4 T5 T6 T7 T8 TA TAH TC TD TE "
		"TF TI TJ TK TL TMS TN TNE TP TPI TPR TQ TR TRL TS TSD TSH TT TU TV TW TY U1 "
		"U2 UA UB UC UD UE UF UH UM VA VI VK VLT VP VQ VS W2 W4 WA WB WCD WE WEB WEE "
		"WG WH WHR WI WM WR WSD WTT WW X1 YDK YDQ YL YRD YT Z1 Z2 Z3 Z4 Z5 Z6 Z8 ZP "
		"ZZ ";

/* Purposes of a consent that have a meaning here, and where those of the caller begin. */
#define PURPOSES 6
#define OWN_PURPOSE 1000

/* The bounds of a RANGE rule in words. */
static const struct {
	int64_t min, max;
	const char *words;
} ranges[] = {{1, INT64_MAX, "positive"}, {1, INT32_MAX, "positive"},
		{0, INT64_MAX, "zero or more"}, {0, INT32_MAX, "zero or more"}, {0, 6, "0 to 6"},
		{0, 18, "0 to 18"}, {0, 63, "0 to 63"}, {0, 1439, "0 to 1439"},
		{0, 1000000, "0 to 1000000"}, {-1080, 1080, "-1080 to 1080"},
		{1900, 9999, "1900 to 9999"}, {-900000000, 900000000, "-900000000 to 900000000"},
		{-1800000000, 1800000000, "-1800000000 to 1800000000"}};

static const char *range_words(const cstn__field *field)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].min == field->min && ranges[i].max == field->max)
			return ranges[i].words;
	return "inside a range";
}

static int is_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return 0;
	return 1;
}

static int is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int is_alnum(char c)
{
	return is_upper(c) || (c >= '0' && c <= '9');
}

static int32_t gs1(const char *text, size_t len)
{
	int sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (text[len - 1 - i] - '0') * (i % 2 ? 3 : 1);
	return sum % 10 ? CSTN_ROW_CHECK_DIGIT : 0;
}

static int32_t lei(const char *text, size_t len)
{
	uint32_t rest = 0;

	if (len != 20)
		return CSTN_ROW_LENGTH;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(text[i]) || (i >= 18 && is_upper(text[i])))
			return CSTN_ROW_VALUE;
		if (is_upper(text[i]))
			rest = (rest * 100 + (uint32_t)(text[i] - 'A' + 10)) % 97;
		else
			rest = (rest * 10 + (uint32_t)(text[i] - '0')) % 97;
	}
	return rest == 1 ? 0 : CSTN_ROW_CHECK_DIGIT;
}

static int32_t digits_of(const char *text, size_t len, size_t wanted, int check)
{
	if (len != wanted)
		return CSTN_ROW_LENGTH;
	if (!is_digits(text, len))
		return CSTN_ROW_VALUE;
	return check ? gs1(text, len) : 0;
}

static int32_t gtin(const char *text, size_t len)
{
	if (len != 8 && len != 12 && len != 13 && len != 14)
		return CSTN_ROW_LENGTH;
	return digits_of(text, len, len, 1);
}

static int32_t country(const char *text, size_t len)
{
	for (const char *at = countries; len == 2 && *at; at += 2)
		if (memcmp(at, text, 2) == 0)
			return 0;
	return CSTN_ROW_UNIT;
}

static int32_t currency(const char *text, size_t len)
{
	char code[4] = {0};
	int32_t scale;

	if (len != 3)
		return CSTN_ROW_UNIT;
	memcpy(code, text, 3);
	return cstn_currency_scale(code, &scale, NULL) == CSTN_OK ? 0 : CSTN_ROW_UNIT;
}

static int32_t unit(const char *text, size_t len)
{
	const char *at = units;

	if (len == 3 && text[0] == 'X' && is_alnum(text[1]) && is_alnum(text[2]))
		return 0;
	while (*at) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, text, n) == 0)
			return 0;
		at += n + 1;
	}
	return CSTN_ROW_UNIT;
}

static int32_t digest(const char *text, size_t len)
{
	if (len != 64)
		return CSTN_ROW_LENGTH;
	for (size_t i = 0; i < len; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
			return CSTN_ROW_VALUE;
	return 0;
}

static int32_t id(const char *text, size_t len)
{
	if (len == 0 || len > CSTN__ID_MAX)
		return CSTN_ROW_LENGTH;
	return memchr(text, 0, len) ? CSTN_ROW_VALUE : 0;
}

int32_t cstn__rule_text(uint32_t rule, const char *text, size_t len)
{
	switch (rule) {
	case CSTN__RULE_ID:
	case CSTN__RULE_REFERENCE:
		return id(text, len);
	case CSTN__RULE_GLN:
		return digits_of(text, len, 13, 1);
	case CSTN__RULE_GTIN:
		return gtin(text, len);
	case CSTN__RULE_SSCC:
		return digits_of(text, len, 18, 1);
	case CSTN__RULE_LEI:
		return lei(text, len);
	case CSTN__RULE_DUNS:
		return digits_of(text, len, 9, 0);
	case CSTN__RULE_COUNTRY:
		return country(text, len);
	case CSTN__RULE_CURRENCY:
		return currency(text, len);
	case CSTN__RULE_UNIT:
		return unit(text, len);
	case CSTN__RULE_DIGEST:
		return digest(text, len);
	case CSTN__RULE_ATTRIBUTES:
		return cstn__attributes_check(text, len);
	default:
		if (len > (rule == CSTN__RULE_LONG ? CSTN__LONG_MAX : CSTN__TEXT_MAX))
			return CSTN_ROW_LENGTH;
		return len && memchr(text, 0, len) ? CSTN_ROW_VALUE : 0;
	}
}

uint32_t cstn__rule_longest(const cstn__field *field)
{
	return field->rule == CSTN__RULE_LONG ? CSTN__LONG_MAX : CSTN__TEXT_MAX;
}

int32_t cstn__rule_check_text(const cstn__field *field, const char *text, size_t len)
{
	if (!cstn__utf8_is_valid((const uint8_t *)text, len))
		return CSTN_ROW_UTF8;
	if (len == 0 && field->flags & CSTN__FIELD_EMPTY)
		return 0;
	if (field->rule == CSTN__RULE_CODE)
		return cstn__field_code(field, text, len) < 0 ? CSTN_ROW_VALUE : 0;
	return cstn__rule_text(field->rule, text, len);
}

int32_t cstn__rule_check_int(const cstn__field *field, int64_t value)
{
	if (field->type == CSTN_TYPE_TIME && value == INT64_MIN)
		return CSTN_ROW_RANGE; /* "no time" where times are numbers */
	if (field->rule == CSTN__RULE_PURPOSE)
		return (value >= 1 && value <= PURPOSES) || value >= OWN_PURPOSE ? 0
										 : CSTN_ROW_VALUE;
	if (field->rule != CSTN__RULE_RANGE || (value >= field->min && value <= field->max))
		return 0;
	if (value < field->min && field->min == 1)
		return CSTN_ROW_NOT_POSITIVE;
	if (value < field->min && field->min == 0)
		return CSTN_ROW_NEGATIVE;
	return CSTN_ROW_RANGE;
}

const char *cstn__rule_words(const cstn__field *field)
{
	switch (field->rule) {
	case CSTN__RULE_TEXT:
		return "at most 4,096 bytes of UTF-8";
	case CSTN__RULE_LONG:
		return "at most 1 MiB of UTF-8";
	case CSTN__RULE_ID:
		return "1 to 64 bytes of UTF-8";
	case CSTN__RULE_REFERENCE:
		if (field->flags & CSTN__FIELD_OR_CUSTOMER)
			return "the id of a partner or customer that is there";
		if (field->flags & CSTN__FIELD_OR_GTIN)
			return "the id of an item that is there, or a GTIN";
		return "the id of a record that is there";
	case CSTN__RULE_CODE:
		return "one of a closed list of codes";
	case CSTN__RULE_RANGE:
		return range_words(field);
	case CSTN__RULE_PURPOSE:
		return "1 to 6, or your own from 1000";
	case CSTN__RULE_GLN:
		return "GLN: 13 digits, the last a check digit";
	case CSTN__RULE_GTIN:
		return "GTIN: 8, 12, 13 or 14 digits, the last a check digit";
	case CSTN__RULE_SSCC:
		return "SSCC: 18 digits, the last a check digit";
	case CSTN__RULE_LEI:
		return "LEI: 20 letters and digits, the last two check digits (ISO 7064)";
	case CSTN__RULE_DUNS:
		return "D-U-N-S: 9 digits";
	case CSTN__RULE_COUNTRY:
		return "country: two letters of ISO 3166";
	case CSTN__RULE_CURRENCY:
		return "currency: three letters of ISO 4217";
	case CSTN__RULE_UNIT:
		return "unit: a code of UN/ECE Recommendation 20";
	case CSTN__RULE_DIGEST:
		return "SHA-256: 64 lower-case hexadecimal digits";
	case CSTN__RULE_ATTRIBUTES:
		return "a JSON object of texts, at most 4,096 bytes; names of letters, digits, "
		       "'_', '-' and '.'";
	default:
		return "";
	}
}
