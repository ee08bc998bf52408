import { ApiError } from '../errors';

/** A query as its words say it; what the words mean is decided by `match.ts`. */
export type Clause =
  | { kind: 'and' | 'or'; clauses: Clause[] }
  | { kind: 'not'; clause: Clause }
  | { kind: 'term'; field: Field; operator: Operator; operand: Operand };

export type Field = { kind: 'name'; name: string } | { kind: 'property'; key: string; path: string };

export type Operator = '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=' | 'in' | 'not in' | 'is' | 'is not';

export type Operand =
  | { kind: 'value'; text: string }
  | { kind: 'empty' }
  | { kind: 'function'; name: string; args: string[] }
  | { kind: 'list'; items: Operand[] };

export interface Query {
  where: Clause | undefined;
  orderBy: { field: Field; descending: boolean }[];
}

/** A refusal as Jira words errors in JQL. */
export function jqlError(message: string): ApiError {
  return new ApiError(400, [message]);
}

/** A refusal of an operator that a field does not know. */
export function wrongOperator(field: string, operator: Operator) {
  return jqlError(`The operator '${operator}' is not supported by the '${field}' field.`);
}

interface Token {
  kind: 'word' | 'string' | 'symbol';
  text: string;
  at: number;
}

const SYMBOLS = ['!=', '!~', '>=', '<=', '=', '~', '>', '<', '(', ')', ',', '[', ']', '.'];
/** Characters that end a word; a word may hold `-`, `_`, `:`, `@` and digits. */
const WORD_END = /[\s"'=!~<>(),[\]]/;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
    } else if (char === '"' || char === "'") {
      const { value, end } = readString(text, at);
      tokens.push({ kind: 'string', text: value, at });
      at = end;
    } else {
      const symbol = SYMBOLS.find((each) => text.startsWith(each, at));
      if (symbol !== undefined) {
        tokens.push({ kind: 'symbol', text: symbol, at });
        at += symbol.length;
      } else {
        let end = at;
        while (end < text.length && !WORD_END.test(text.charAt(end))) end += 1;
        if (end === at) throw illegal(char, at);
        tokens.push({ kind: 'word', text: text.slice(at, end), at });
        at = end;
      }
    }
  }
  return tokens;
}

function readString(text: string, start: number): { value: string; end: number } {
  const quote = text.charAt(start);
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) return { value, end: at + 1 };
    if (char !== '\\') {
      value += char;
      continue;
    }
    at += 1;
    const escaped = text.charAt(at);
    const known: Readonly<Record<string, string>> = {
      n: '\n',
      t: '\t',
      r: '\r',
      '"': '"',
      "'": "'",
      '\\': '\\',
      ' ': ' ',
    };
    const plain = known[escaped];
    if (plain === undefined)
      throw jqlError(
        `Error in the JQL Query: '\\${escaped}' is an illegal JQL escape sequence. (line 1, character ${at})`,
      );
    value += plain;
  }
  throw jqlError(
    `Error in the JQL Query: The quoted string '${value}' has not been completed. (line 1, character ${start + 1})`,
  );
}

function illegal(char: string, at: number): ApiError {
  return jqlError(
    `Error in the JQL Query: The character '${char}' is a reserved JQL character. You must enclose it in a string or use the escape '\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}' instead. (line 1, character ${at + 1})`,
  );
}

/** Reads a JQL query. @throws ApiError 400 for text that is not JQL. */
export function parseJql(text: string): Query {
  return new Parser(tokenize(text)).query();
}

class Parser {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  query(): Query {
    const where = this.position < this.tokens.length && !this.isKeyword('order') ? this.or() : undefined;
    const orderBy: Query['orderBy'] = [];
    if (this.takeKeyword('order')) {
      if (!this.takeKeyword('by')) throw this.unexpected();
      do {
        const field = this.field();
        const descending = this.takeKeyword('desc');
        if (!descending) this.takeKeyword('asc');
        orderBy.push({ field, descending });
      } while (this.takeSymbol(','));
    }
    if (this.position < this.tokens.length) throw this.unexpected();
    return { where, orderBy };
  }

  private or(): Clause {
    const clauses = [this.and()];
    while (this.takeKeyword('or')) clauses.push(this.and());
    const [only] = clauses;
    return clauses.length === 1 && only !== undefined ? only : { kind: 'or', clauses };
  }

  private and(): Clause {
    const clauses = [this.not()];
    while (this.takeKeyword('and')) clauses.push(this.not());
    const [only] = clauses;
    return clauses.length === 1 && only !== undefined ? only : { kind: 'and', clauses };
  }

  private not(): Clause {
    if (this.takeKeyword('not')) return { kind: 'not', clause: this.not() };
    if (this.takeSymbol('(')) {
      const clause = this.or();
      this.needSymbol(')');
      return clause;
    }
    const field = this.field();
    const operator = this.operator();
    return { kind: 'term', field, operator, operand: this.operand(operator) };
  }

  private field(): Field {
    const token = this.next();
    if (token.kind === 'symbol') throw this.unexpected(token);
    if (token.text.toLowerCase() !== 'issue.property' || token.kind === 'string')
      return { kind: 'name', name: token.text };
    this.needSymbol('[');
    const key = this.next();
    if (key.kind === 'symbol') throw this.unexpected(key);
    this.needSymbol(']');
    this.needSymbol('.');
    const path = this.next();
    if (path.kind === 'symbol') throw this.unexpected(path);
    return { kind: 'property', key: key.text, path: path.text };
  }

  private operator(): Operator {
    if (this.takeKeyword('in')) return 'in';
    if (this.takeKeyword('is')) return this.takeKeyword('not') ? 'is not' : 'is';
    if (this.takeKeyword('not')) {
      if (!this.takeKeyword('in')) throw this.unexpected();
      return 'not in';
    }
    const token = this.next();
    const symbols: readonly Operator[] = ['=', '!=', '~', '!~', '>', '>=', '<', '<='];
    const operator = token.kind === 'symbol' ? symbols.find((each) => each === token.text) : undefined;
    if (operator === undefined)
      throw jqlError(
        `Error in the JQL Query: Expecting operator but got '${token.text}'. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'. (line 1, character ${token.at + 1})`,
      );
    return operator;
  }

  private operand(operator: Operator): Operand {
    if (operator === 'in' || operator === 'not in') {
      if (!this.isSymbol('(')) {
        const single = this.single();
        if (single.kind === 'function') return single;
        throw this.unexpected();
      }
      this.needSymbol('(');
      const items = [this.single()];
      while (this.takeSymbol(',')) items.push(this.single());
      this.needSymbol(')');
      return { kind: 'list', items };
    }
    return this.single();
  }

  private single(): Operand {
    const token = this.next();
    if (token.kind === 'symbol') throw this.unexpected(token);
    const isWord = token.kind === 'word';
    if (isWord && /^(empty|null)$/i.test(token.text)) return { kind: 'empty' };
    if (!isWord || !this.takeSymbol('(')) return { kind: 'value', text: token.text };
    const args: string[] = [];
    while (!this.takeSymbol(')')) {
      if (args.length > 0) this.needSymbol(',');
      const arg = this.next();
      if (arg.kind === 'symbol') throw this.unexpected(arg);
      args.push(arg.text);
    }
    return { kind: 'function', name: token.text.toLowerCase(), args };
  }

  private next(): Token {
    const token = this.tokens[this.position];
    if (token === undefined) throw this.unexpected();
    this.position += 1;
    return token;
  }

  private isKeyword(word: string): boolean {
    const token = this.tokens[this.position];
    return token?.kind === 'word' && token.text.toLowerCase() === word;
  }

  private takeKeyword(word: string): boolean {
    const is = this.isKeyword(word);
    if (is) this.position += 1;
    return is;
  }

  private isSymbol(text: string): boolean {
    const token = this.tokens[this.position];
    return token?.kind === 'symbol' && token.text === text;
  }

  private takeSymbol(text: string): boolean {
    const is = this.isSymbol(text);
    if (is) this.position += 1;
    return is;
  }

  private needSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.unexpected();
  }

  private unexpected(token = this.tokens[this.position]): ApiError {
    if (token === undefined) return jqlError('Error in the JQL Query: Unexpected end of the query.');
    return jqlError(
      `Error in the JQL Query: Expecting a field, operator or value but got '${token.text}'. (line 1, character ${token.at + 1})`,
    );
  }
}
