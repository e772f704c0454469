"""Makes the world: a lexer in C with bugs, its specification, a corpus, some sound answers."""

from pathlib import Path

APP = Path("/app")
SOURCES = {
    "Makefile": r'''CFLAGS = -std=gnu11 -O2 -Wall -Wextra

brooklex: main.o lexer.o buffer.o
	$(CC) $(CFLAGS) -o $@ $^

main.o: main.c lexer.h buffer.h
lexer.o: lexer.c lexer.h buffer.h
buffer.o: buffer.c buffer.h

clean:
	rm -f brooklex *.o

.PHONY: clean
''',
    "main.c": r'''#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"
#include "lexer.h"

static const char *const names[] = {"KEYWORD", "IDENT", "INT",   "FLOAT",
                                    "STRING",  "OP",    "ERROR", "END"};

static int print(const struct tokens *tokens) {
    int status = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        printf("%zu:%zu %s", token->line, token->column, names[token->kind]);
        if (token->kind == STRING)
            printf(" \"%s\"", token->text);
        else if (token->text)
            printf(" %s", token->text);
        putchar('\n');
        status = token->kind == ERROR;
    }
    return status;
}

/* brooklex FILE: the tokens of a file, one per line. */
int main(int count, char **arguments) {
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: brooklex FILE\n");
        return 2;
    }
    struct buffer source = {0};
    for (int byte; (byte = getc(file)) != EOF;)
        put(&source, (char)byte);
    fclose(file);
    struct tokens tokens = lex(source.bytes, source.length);
    int status = print(&tokens);
    free_tokens(&tokens);
    free(source.bytes);
    return status;
}
''',
    "lexer.h": r'''#ifndef LEXER_H
#define LEXER_H

#include <stddef.h>

enum kind { KEYWORD, IDENT, INT, FLOAT, STRING, OP, ERROR, END };

struct token {
    enum kind kind;
    size_t line, column;
    char *text; /* owned by the token; NULL for END */
};

struct tokens {
    struct token *items;
    size_t count, room;
};

/* All tokens of a source, the last one END. The source may hold any bytes, NUL as well. */
struct tokens lex(const char *source, size_t length);

void free_tokens(struct tokens *tokens);

#endif
''',
    "lexer.c": r'''#include "lexer.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

struct lexer {
    const unsigned char *at, *end;
    size_t line, column;
    struct tokens out;
};

/* Sorted, for the search. */
static const char *const keywords[] = {
    "and", "def", "do",  "else", "elif", "end",    "false", "if",   "in",
    "let", "nil", "not", "or",   "return", "then", "true",  "var",  "while",
};

/* The longest first. */
static const char *const operators[] = {
    "->", "..", "...", "==", "!=", "<=", ">=", "<<", "<<=", ">>", ">>=", "&&", "||", "|>",
    "+",   "-",   "*",   "/",  "%",  "=",  "<",  ">",  ".",  ",",  ";",  ":",  "(",  ")",
    "[",   "]",   "{",   "}",  "|",  "&",
};

static int peek(const struct lexer *lexer, size_t ahead) {
    return ahead < (size_t)(lexer->end - lexer->at) ? lexer->at[ahead] : -1;
}

/* One byte on. */
static void step(struct lexer *lexer) {
    int byte = *lexer->at++;
    if (byte == '\n' || byte == '\r') {
        lexer->line++;
        lexer->column = 1;
    } else if (byte == '\t') {
        lexer->column += 8;
    } else {
        lexer->column++;
    }
}

static int at_line_end(const struct lexer *lexer) {
    return peek(lexer, 0) == '\n' || peek(lexer, 0) == '\r';
}

static void add(struct lexer *lexer, enum kind kind, size_t line, size_t column, char *text) {
    struct tokens *out = &lexer->out;
    if (out->count == out->room) {
        out->room = out->room ? 2 * out->room : 16;
        out->items = realloc(out->items, out->room * sizeof *out->items);
        if (!out->items)
            abort();
    }
    out->items[out->count++] = (struct token){kind, line, column, text};
}

static void error(struct lexer *lexer, size_t line, size_t column, const char *message) {
    struct buffer text = {0};
    for (; *message; message++)
        put(&text, *message);
    add(lexer, ERROR, line, column, take(&text));
}

static int is_keyword(const char *word) {
    size_t low = 0, high = sizeof keywords / sizeof *keywords - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(word, keywords[middle]);
        if (!order)
            return 1;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

static int is_letter(int byte) { return byte >= 0x80 || byte == '_' || (byte >= 0 && isalpha(byte)); }

static int is_digit(int byte) { return byte >= '0' && byte <= '9'; }

static void word(struct lexer *lexer) {
    size_t line = lexer->line, column = lexer->column;
    char name[64];
    size_t length = 0;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0))) {
        name[length++] = (char)*lexer->at;
        step(lexer);
    }
    if (peek(lexer, 0) == '\'') {
        name[length++] = '\'';
        step(lexer);
    }
    name[length] = '\0';
    add(lexer, is_keyword(name) ? KEYWORD : IDENT, line, column, strdup(name));
}

static int digit_value(int byte) {
    if (is_digit(byte))
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return 99;
}

/* Digits of a base, with single underscores between them, appended without these. */
static void digits(struct lexer *lexer, int base, struct buffer *text) {
    while (digit_value(peek(lexer, 0)) < base) {
        put(text, (char)*lexer->at);
        step(lexer);
        if (peek(lexer, 0) == '_' && digit_value(peek(lexer, 1)) < base)
            step(lexer);
    }
}

/* The value in decimal, or NULL if it takes more than 64 bits. */
static char *decimal(const char *written, int base) {
    uint64_t value = 0;
    for (; *written; written++) {
        uint64_t digit = (uint64_t)digit_value(*written);
        uint64_t before = value;
        value = value * (uint64_t)base + digit;
        if (value < before)
            return NULL;
    }
    char reversed[20];
    size_t length = 0;
    do
        reversed[length++] = (char)('0' + value % 10);
    while (value /= 10);
    struct buffer text = {0};
    while (length)
        put(&text, reversed[--length]);
    return take(&text);
}

static int exponent_follows(const struct lexer *lexer) {
    if (peek(lexer, 0) != 'e' && peek(lexer, 0) != 'E')
        return 0;
    int sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
    return is_digit(peek(lexer, 1 + (size_t)sign));
}

static void number(struct lexer *lexer) {
    size_t line = lexer->line, column = lexer->column;
    struct buffer text = {0};
    int base = 10, is_float = 0;
    if (peek(lexer, 0) == '0' && peek(lexer, 1) == 'x' && digit_value(peek(lexer, 2)) < 16)
        base = 16;
    if (peek(lexer, 0) == '0' && peek(lexer, 1) == 'b' && digit_value(peek(lexer, 2)) < 2)
        base = 2;
    if (base != 10) {
        step(lexer);
        step(lexer);
    }
    digits(lexer, base, &text);
    if (base == 10 && peek(lexer, 0) == '.') {
        is_float = 1;
        put(&text, '.');
        step(lexer);
        digits(lexer, 10, &text);
    }
    if (base == 10 && exponent_follows(lexer)) {
        is_float = 1;
        do {
            put(&text, (char)*lexer->at);
            step(lexer);
        } while (!is_digit(peek(lexer, 0)));
        digits(lexer, 10, &text);
    }
    char *written = take(&text);
    if (is_float) {
        add(lexer, FLOAT, line, column, written);
        return;
    }
    char *value = decimal(written, base);
    free(written);
    if (value)
        add(lexer, INT, line, column, value);
    else
        error(lexer, line, column, "number too large");
}

/* A byte of a string as it is printed. */
static void put_escaped(struct buffer *text, int byte) {
    static const char hex[] = "0123456789abcdef";
    if (byte == '\n' || byte == '\t' || byte == '"' || byte == '\\') {
        put(text, '\\');
        put(text, byte == '\n' ? 'n' : byte == '\t' ? 't' : (char)byte);
    } else if (byte < 0x20 || byte == 0x7F) {
        put(text, '\\');
        put(text, 'x');
        put(text, hex[byte >> 4]);
        put(text, hex[byte & 15]);
    } else {
        put(text, (char)byte);
    }
}

/* The byte that an escape stands for, or -1; the lexer is behind the escape then. */
static int escape(struct lexer *lexer) {
    step(lexer);
    int byte = peek(lexer, 0), high, low;
    switch (byte) {
    case 'n':
        byte = '\n';
        break;
    case 't':
        byte = '\t';
        break;
    case '"':
    case '\\':
        break;
    case 'x':
        high = digit_value(peek(lexer, 1));
        low = digit_value(peek(lexer, 2));
        if (high > 15 || low > 15)
            return -1;
        step(lexer);
        step(lexer);
        byte = 16 * low + high;
        break;
    default:
        return -1;
    }
    step(lexer);
    return byte;
}

static void string(struct lexer *lexer) {
    size_t line = lexer->line, column = lexer->column;
    struct buffer text = {0};
    int good = 1;
    step(lexer);
    while (lexer->at < lexer->end && *lexer->at != '\n' && *lexer->at != '"') {
        if (*lexer->at == '\\') {
            size_t here = lexer->column;
            int byte = escape(lexer);
            if (byte < 0) {
                error(lexer, line, here, "bad escape");
                good = 0;
            } else {
                put_escaped(&text, byte);
            }
        } else {
            put_escaped(&text, *lexer->at);
            step(lexer);
        }
    }
    char *value = take(&text);
    if (peek(lexer, 0) != '"') {
        error(lexer, lexer->line, lexer->column, "unclosed string");
        good = 0;
    } else {
        step(lexer);
    }
    if (good)
        add(lexer, STRING, line, column, value);
    else
        free(value);
}

static void comment(struct lexer *lexer) {
    size_t line = lexer->line, column = lexer->column, depth = 0;
    do {
        if (peek(lexer, 0) == '(' && peek(lexer, 1) == '*') {
            depth = 1;
            step(lexer);
        } else if (peek(lexer, 0) == '*' && peek(lexer, 1) == ')') {
            depth--;
            step(lexer);
        }
        step(lexer);
    } while (depth);
    if (lexer->at > lexer->end)
        error(lexer, line, column, "unclosed comment");
}

static int operator(struct lexer *lexer) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i]);
        if ((size_t)(lexer->end - lexer->at) < length || memcmp(lexer->at, operators[i], length))
            continue;
        size_t column = lexer->column;
        struct buffer text = {0};
        for (size_t j = 0; j < length; j++) {
            put(&text, operators[i][j]);
            step(lexer);
        }
        add(lexer, OP, lexer->line, column, take(&text));
        return 1;
    }
    return 0;
}

static void next(struct lexer *lexer) {
    int byte = peek(lexer, 0);
    if (byte == ' ' || byte == '\t' || at_line_end(lexer)) {
        step(lexer);
    } else if (byte == '#') {
        while (lexer->at < lexer->end && !at_line_end(lexer))
            step(lexer);
    } else if (byte == '(' && peek(lexer, 1) == '*') {
        comment(lexer);
    } else if (is_letter(byte)) {
        word(lexer);
    } else if (is_digit(byte)) {
        number(lexer);
    } else if (byte == '"') {
        string(lexer);
    } else if (!operator(lexer)) {
        error(lexer, lexer->line, lexer->column, "unexpected character");
        step(lexer);
    }
}

struct tokens lex(const char *source, size_t length) {
    const unsigned char *bytes = (const unsigned char *)source;
    struct lexer lexer = {bytes, bytes + length, 1, 1, {0}};
    while (lexer.at < lexer.end)
        next(&lexer);
    add(&lexer, END, lexer.line, lexer.column, NULL);
    return lexer.out;
}

void free_tokens(struct tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        free(tokens->items[i].text);
    free(tokens->items);
    *tokens = (struct tokens){0};
}
''',
    "buffer.h": r'''#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>

/* A string that grows. */
struct buffer {
    char *bytes;
    size_t length, room;
};

void put(struct buffer *buffer, char byte);

/* The bytes with a NUL behind them; the buffer is empty afterwards. */
char *take(struct buffer *buffer);

#endif
''',
    "buffer.c": r'''#include "buffer.h"

#include <stdlib.h>

void put(struct buffer *buffer, char byte) {
    if (buffer->length == buffer->room) {
        buffer->room = buffer->room ? 2 * buffer->room : 32;
        buffer->bytes = realloc(buffer->bytes, buffer->room);
        if (!buffer->bytes)
            abort();
    }
    buffer->bytes[buffer->length++] = byte;
}

char *take(struct buffer *buffer) {
    char *bytes = buffer->bytes;
    bytes[buffer->length] = '\0';
    *buffer = (struct buffer){0};
    return bytes;
}
''',
}
LANGUAGE = r'''# Brook, as `brooklex` reads it

`brooklex FILE` prints the tokens of a file, one per line: `LINE:COLUMN KIND TEXT`. The last line is
`LINE:COLUMN END`, where the file ends. The exit status is 1 if there was an `ERROR`, else 0.

**Positions** count from 1, and are those of a token's first character. Sources are UTF-8; columns
count characters, not bytes. A tab takes the column to the next tab stop; these are the columns 1, 9,
17 and so on. A line ends with LF, CR LF, or a CR alone.

**Blanks** are spaces, tabs and line ends. **Comments** reach from `#` to the end of the line, or from
`(*` to `*)`; the latter nest. If the end of the file comes first: `ERROR unclosed comment` where the
outermost one began.

**KEYWORD**: and def do elif else end false if in let nil not or return then true var while.

**IDENT**: letters, digits and `_`, the first not a digit, then any number of primes (`'`). Every
character beyond ASCII is a letter. There is no limit to the length. TEXT is the name.

**INT**: decimal digits, or `0x` and hexadecimal digits (either case), or `0b` and binary digits. A
single underscore may stand between two digits. TEXT is the value in decimal. A value of more than
64 bits is `ERROR number too large`. What cannot go on the number begins the next token.

**FLOAT**: decimal digits, then a point and digits, or an exponent (`e` or `E`, maybe a sign, digits),
or both. A point without a digit behind it does not belong to the number. TEXT is as written, without
underscores.

**STRING**: between `"`, on one line. Escapes are `\n`, `\t`, `\"`, `\\` and `\xHH` (two hexadecimal
digits, below 80). Any other is `ERROR bad escape` at its backslash; the string goes on behind the
backslash, and there will be no STRING for it. A string that is not closed on its line is
`ERROR unclosed string` where it began; the line end is then read as usual. TEXT is the content
between `"`, with line feed, tab, `"` and `\` written as `\n`, `\t`, `\"`, `\\`, and other control
characters as `\xhh` in small letters.

**OP**, the longest that fits:

    + - * / % = == != < <= > >= << >> <<= >>= -> . .. ... , ; : ( ) [ ] { } | || |> & &&

Anything else is `ERROR unexpected character`, one for each.
'''
CORPUS = {
    "hello": "# the smallest one\nlet name = 42\nif name > 7 then return name end\n",
    "fib": "def fib(n) do\n  if n < 2 then return n end\n  return fib(n - 1) + fib(n - 2)\nend\n",
    "math": "let area = 3.25 * r * r ; a, b\nlet t = 1.5e3 / 2 - 7 % 3\nlet ok = a == b && c != d || not e\n",
    "loops": "var i = 0\nwhile i < 10 do\n  if i == 3 then i = i + 2 else i = i + 1 end\nend\nif a then b elif c then d else e end\nlet elsewhere = whileTrue\n",
    "ranges": "for_all(1..5, f)\nlet all = 1 .. 5\nlet rest = [1, 2, ...]\nx = 3.foo + 4.5.bar\n1...3\n",
    "legacy": "# from the old editor\r\nlet a = 1\r\n\r\nlet b = 2 (* two\r\nlines *) let c = 3\r\nend\rlet d = 4\r\n",
    "tabs": "def f() do\n\treturn\t1\n   \tx\t\ty\nend\n\t\"a\tb\"\tz\n",
    "names": "let na\u00efve = caf\u00e9 + \u6771\u4eac\nlet x' = x'' - y'''\nlet " + "very_" * 70 + "long_name = _1 + a1_b2\n",
    "text": 'let a = "tab\\there"\nlet none = ""\nlet q = "say \\"hi\\" \\\\ \\x41\\x1b\\x33"\nlet k = "\u00e4\u00f6" + "#(*"\nlet bad = "\\x9f" + "\\q"\n',
    "bits": "flags = 0xFF | 0b1010_0110 << 3\nflags >>= 2\nflags <<= 0x1_f\nmask = 0xdeadBEEF & ~flags\nf |> g -> h\n",
    "notes": "(* plain *) let a = 1\n(* outer (* inner *) still outer *) let b = 2\n(*(*(* deep *)*)*)let c = 3 # end (* no comment\nlet d = (**) 4 (*)*)\n",
    "broken": "let a = 1 $ 2\nlet s = b ! c\n? let d = 3\n",
    "quotes": 'let s = "never closed\nlet t = "nor this\r\nlet u = "but this"\n',
    "open": "let a = 1\n  (* begun (* and *) never\nlet b = 2\n",
    "limits": "18446744073709551615 18446744073709551616 30000000000000000000\n0xffff_ffff_ffff_ffff 0x1_0000_0000_0000_0000 000_7 1__0 2_ 0x 0b2 1e5 1e+x 2E-0_3\n",
}
# What a sound brooklex prints; slashes between blanks stand for line ends.
EXPECTED = {
    "hello": '2:1 KEYWORD let / 2:5 IDENT name / 2:10 OP = / 2:12 INT 42 / 3:1 KEYWORD if / 3:4 IDENT name / 3:9 OP > / 3:11 INT 7 / 3:13 KEYWORD then / 3:18 KEYWORD return / 3:25 IDENT name / 3:30 KEYWORD end / 4:1 END',
    "ranges": '1:1 IDENT for_all / 1:8 OP ( / 1:9 INT 1 / 1:10 OP .. / 1:12 INT 5 / 1:13 OP , / 1:15 IDENT f / 1:16 OP ) / 2:1 KEYWORD let / 2:5 IDENT all / 2:9 OP = / 2:11 INT 1 / 2:13 OP .. / 2:16 INT 5 / 3:1 KEYWORD let / 3:5 IDENT rest / 3:10 OP = / 3:12 OP [ / 3:13 INT 1 / 3:14 OP , / 3:16 INT 2 / 3:17 OP , / 3:19 OP ... / 3:22 OP ] / 4:1 IDENT x / 4:3 OP = / 4:5 INT 3 / 4:6 OP . / 4:7 IDENT foo / 4:11 OP + / 4:13 FLOAT 4.5 / 4:16 OP . / 4:17 IDENT bar / 5:1 INT 1 / 5:2 OP ... / 5:5 INT 3 / 6:1 END',
    "legacy": '2:1 KEYWORD let / 2:5 IDENT a / 2:7 OP = / 2:9 INT 1 / 4:1 KEYWORD let / 4:5 IDENT b / 4:7 OP = / 4:9 INT 2 / 5:10 KEYWORD let / 5:14 IDENT c / 5:16 OP = / 5:18 INT 3 / 6:1 KEYWORD end / 7:1 KEYWORD let / 7:5 IDENT d / 7:7 OP = / 7:9 INT 4 / 8:1 END',
    "notes": '1:13 KEYWORD let / 1:17 IDENT a / 1:19 OP = / 1:21 INT 1 / 2:37 KEYWORD let / 2:41 IDENT b / 2:43 OP = / 2:45 INT 2 / 3:19 KEYWORD let / 3:23 IDENT c / 3:25 OP = / 3:27 INT 3 / 4:1 KEYWORD let / 4:5 IDENT d / 4:7 OP = / 4:14 INT 4 / 5:1 END',
    "quotes": '1:1 KEYWORD let / 1:5 IDENT s / 1:7 OP = / 1:9 ERROR unclosed string / 2:1 KEYWORD let / 2:5 IDENT t / 2:7 OP = / 2:9 ERROR unclosed string / 3:1 KEYWORD let / 3:5 IDENT u / 3:7 OP = / 3:9 STRING "but this" / 4:1 END',
}


def write(path, text):
    (APP / path).parent.mkdir(parents=True, exist_ok=True)
    (APP / path).write_bytes(text.encode())


for name, text in SOURCES.items():
    write(name, text)
write("docs/LANGUAGE.md", LANGUAGE)
for name, text in CORPUS.items():
    write(f"corpus/{name}.brook", text)
for name, text in EXPECTED.items():
    write(f"expected/{name}.tok", text.replace(" / ", "\n") + "\n")
