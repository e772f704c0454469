#!/bin/bash
ls -R . && cat docs/LANGUAGE.md
cat Makefile main.c lexer.h buffer.c
cat lexer.c
make && cp brooklex /tmp/found
for name in $(ls expected | sed 's/.tok//'); do timeout 5 /tmp/found corpus/$name.brook | diff - expected/$name.tok > /tmp/diff && echo "$name agrees" || { echo "== $name"; head -8 /tmp/diff; }; done
for file in corpus/*.brook; do timeout 5 /tmp/found $file > /tmp/out; echo "$file: $? $(grep -c ERROR /tmp/out) errors of $(wc -l < /tmp/out)"; done
timeout 5 /tmp/found corpus/bits.brook; cat corpus/bits.brook; timeout 5 /tmp/found corpus/tabs.brook
patch -p0 <<'EOF'
--- buffer.c
+++ buffer.c
@@ -15,4 +15,4 @@
 char *take(struct buffer *buffer) {
+    put(buffer, '\0');
     char *bytes = buffer->bytes;
-    bytes[buffer->length] = '\0';
     *buffer = (struct buffer){0};
EOF
patch -p0 <<'EOF'
--- lexer.c
+++ lexer.c
@@ -17,3 +17,3 @@
 static const char *const keywords[] = {
-    "and", "def", "do",  "else", "elif", "end",    "false", "if",   "in",
+    "and", "def", "do",  "elif", "else", "end",    "false", "if",   "in",
     "let", "nil", "not", "or",   "return", "then", "true",  "var",  "while",
@@ -68,3 +68,3 @@
 static int is_keyword(const char *word) {
-    size_t low = 0, high = sizeof keywords / sizeof *keywords - 1;
+    size_t low = 0, high = sizeof keywords / sizeof *keywords;
     while (low < high) {
@@ -88,14 +88,13 @@
     size_t line = lexer->line, column = lexer->column;
-    char name[64];
-    size_t length = 0;
+    struct buffer text = {0};
     while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0))) {
-        name[length++] = (char)*lexer->at;
+        put(&text, (char)*lexer->at);
         step(lexer);
     }
-    if (peek(lexer, 0) == '\'') {
-        name[length++] = '\'';
+    while (peek(lexer, 0) == '\'') {
+        put(&text, '\'');
         step(lexer);
     }
-    name[length] = '\0';
-    add(lexer, is_keyword(name) ? KEYWORD : IDENT, line, column, strdup(name));
+    char *name = take(&text);
+    add(lexer, is_keyword(name) ? KEYWORD : IDENT, line, column, name);
 }
EOF
patch -p0 <<'EOF'
--- lexer.c
+++ lexer.c
@@ -270,3 +270,3 @@
         if (peek(lexer, 0) == '(' && peek(lexer, 1) == '*') {
-            depth = 1;
+            depth++;
             step(lexer);
@@ -277,4 +277,4 @@
         step(lexer);
-    } while (depth);
-    if (lexer->at > lexer->end)
+    } while (depth && lexer->at < lexer->end);
+    if (depth)
         error(lexer, line, column, "unclosed comment");
EOF
patch -p0 <<'EOF'
--- lexer.c
+++ lexer.c
@@ -32,6 +32,6 @@
 
-/* One byte on. */
+/* One byte on; columns count characters, so only a character's first byte moves them. */
 static void step(struct lexer *lexer) {
     int byte = *lexer->at++;
-    if (byte == '\n' || byte == '\r') {
+    if (byte == '\n' || (byte == '\r' && peek(lexer, 0) != '\n')) {
         lexer->line++;
@@ -39,4 +39,4 @@
     } else if (byte == '\t') {
-        lexer->column += 8;
-    } else {
+        lexer->column = (lexer->column - 1) / 8 * 8 + 9;
+    } else if ((byte & 0xC0) != 0x80 && byte != '\r') {
         lexer->column++;
EOF
patch -p0 <<'EOF'
--- lexer.c
+++ lexer.c
@@ -106,2 +106,4 @@
         return byte - 'a' + 10;
+    if (byte >= 'A' && byte <= 'F')
+        return byte - 'A' + 10;
     return 99;
@@ -124,6 +126,5 @@
         uint64_t digit = (uint64_t)digit_value(*written);
-        uint64_t before = value;
-        value = value * (uint64_t)base + digit;
-        if (value < before)
+        if (value > (UINT64_MAX - digit) / (uint64_t)base)
             return NULL;
+        value = value * (uint64_t)base + digit;
     }
@@ -160,3 +161,3 @@
     digits(lexer, base, &text);
-    if (base == 10 && peek(lexer, 0) == '.') {
+    if (base == 10 && peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
         is_float = 1;
EOF
patch -p0 <<'EOF'
--- lexer.c
+++ lexer.c
@@ -221,3 +221,3 @@
         low = digit_value(peek(lexer, 2));
-        if (high > 15 || low > 15)
+        if (high > 7 || low > 15)
             return -1;
@@ -225,3 +225,3 @@
         step(lexer);
-        byte = 16 * low + high;
+        byte = 16 * high + low;
         break;
@@ -239,3 +239,3 @@
     step(lexer);
-    while (lexer->at < lexer->end && *lexer->at != '\n' && *lexer->at != '"') {
+    while (lexer->at < lexer->end && !at_line_end(lexer) && *lexer->at != '"') {
         if (*lexer->at == '\\') {
@@ -256,3 +256,3 @@
     if (peek(lexer, 0) != '"') {
-        error(lexer, lexer->line, lexer->column, "unclosed string");
+        error(lexer, line, column, "unclosed string");
         good = 0;
EOF
patch -p0 <<'EOF'
--- lexer.c
+++ lexer.c
@@ -23,3 +23,3 @@
 static const char *const operators[] = {
-    "->", "..", "...", "==", "!=", "<=", ">=", "<<", "<<=", ">>", ">>=", "&&", "||", "|>",
+    "...", "<<=", ">>=", "->", "..", "==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "|>",
     "+",   "-",   "*",   "/",  "%",  "=",  "<",  ">",  ".",  ",",  ";",  ":",  "(",  ")",
EOF
patch -p0 <<'EOF'
--- main.c
+++ main.c
@@ -19,3 +19,4 @@
         putchar('\n');
-        status = token->kind == ERROR;
+        if (token->kind == ERROR)
+            status = 1;
     }
EOF
make clean && make
for name in $(ls expected | sed 's/.tok//'); do ./brooklex corpus/$name.brook | diff - expected/$name.tok && echo "$name agrees"; done
gcc -g -fsanitize=address,undefined -o /tmp/checked main.c lexer.c buffer.c 2> /tmp/gcc.log && for file in corpus/*.brook; do /tmp/checked $file 2>&1 | grep -iE 'sanitizer|runtime error'; done; tail -2 /tmp/gcc.log
./brooklex corpus/text.brook; ./brooklex corpus/limits.brook; ./brooklex corpus/open.brook
mkdir tokens; for file in corpus/*.brook; do ./brooklex $file > tokens/$(basename $file .brook).tok; done; wc -l tokens/*
for file in corpus/*.brook; do ./brooklex $file > /tmp/right; right=$?; timeout 5 /tmp/found $file > /tmp/was 2> /dev/null; was=$?; { [ $was = $right ] && cmp -s /tmp/was /tmp/right; } || basename $file .brook; done | LC_ALL=C sort | jq -Rn '{wrong: [inputs]}' > report.json; cat report.json
