import { SLOTS, type Slot } from './settings';

/** A status as it is suggested from: its name, and its category as Jira's issue side calls it. */
export interface NamedStatus {
  id: string;
  name: string;
  category: string;
}

/**
 * Stems of what statuses of these meanings are called, in the languages that Jira speaks most. A stem counts where a word of
 * the name begins with it; in scripts without spaces, anywhere.
 */
const STEMS: Readonly<Record<Slot, readonly string[]>> = {
  denied: [
    ...['denied', 'deny', 'reject', 'declin', 'refus', 'disapprov'],
    ...['abgelehnt', 'verweigert', 'rechaz', 'deneg', 'rifiutat', 'respint', 'negad', 'rejeitad', 'recusad'],
    ...['afgewezen', 'geweigerd', 'geweiger', 'odrzucon', 'odmów', 'zamítn', 'odmítn', 'zamietn', 'elutasít'],
    ...['avvis', 'nekad', 'avslag', 'avslå', 'afvis', 'hylät', 'hylätt', 'evät', 'tagasi lükat'],
    ...[
      'отклон',
      'отказ',
      'відхил',
      'відмов',
      'απορρίφ',
      'απορρίπ',
      'reddedil',
      'red edil',
      'từ chối',
      'ditolak',
    ],
    ...[
      '却下',
      '拒否',
      '否認',
      '差し戻し',
      '拒绝',
      '拒絕',
      '驳回',
      '駁回',
      '거부',
      '거절',
      '반려',
      'ปฏิเสธ',
      'נדח',
      'مرفوض',
      'رفض',
    ],
  ],
  expired: [
    ...['expired', 'expire', 'lapsed', 'timed out', 'timeout', 'overdue'],
    ...['abgelaufen', 'verfallen', 'caducad', 'vencid', 'expirad', 'scadut', 'périm', 'expiré', 'échu'],
    ...['verlopen', 'wygas', 'przetermin', 'vypršel', 'vypršal', 'lejárt', 'expirat', 'utgått', 'förfall'],
    ...['utløpt', 'udløbet', 'vanhentun', 'aegun', 'истек', 'истёк', 'просроч', 'закінч', 'έληξ', 'λήξ'],
    ...[
      'süresi dol',
      'hết hạn',
      'kedaluwarsa',
      'kadaluarsa',
      '期限切れ',
      '失効',
      '过期',
      '過期',
      '已失效',
      '逾期',
    ],
    ...['만료', 'หมดอายุ', 'פג תוקף', 'منتهي'],
  ],
  approved: [
    ...['approved', 'accept', 'granted', 'authoris', 'authoriz'],
    ...['genehmigt', 'freigegeben', 'bewilligt', 'angenommen', 'aprobad', 'aceptad', 'concedid', 'approvat'],
    ...[
      'accettat',
      'approuvé',
      'accepté',
      'accordé',
      'autoris',
      'aprovad',
      'aceit',
      'goedgekeurd',
      'geaccepteerd',
    ],
    ...[
      'zatwierdz',
      'zaakcept',
      'schválen',
      'jóváhagy',
      'elfogad',
      'aprobat',
      'acceptat',
      'godkän',
      'beviljad',
    ],
    ...[
      'godkjen',
      'godkend',
      'hyväksyt',
      'kinnitat',
      'одобр',
      'утвержд',
      'согласован',
      'схвален',
      'затвердж',
    ],
    ...[
      'εγκρίθ',
      'εγκεκρ',
      'onaylan',
      'đã duyệt',
      'phê duyệt',
      'disetujui',
      '承認',
      '許可',
      '批准',
      '已批',
      '通过',
      '通過',
    ],
    ...['승인', 'อนุมัติ', 'אושר', 'موافق', 'معتمد'],
  ],
  pending: [
    ...['pending', 'waiting', 'requested', 'awaiting', 'open', 'new', 'to do', 'in review', 'backlog'],
    ...[
      'wartend',
      'warten',
      'ausstehend',
      'offen',
      'beantragt',
      'angefragt',
      'pendient',
      'solicitad',
      'esper',
    ],
    ...[
      'in attesa',
      'richiest',
      'en attente',
      'demandé',
      'à faire',
      'pendent',
      'aguardand',
      'em espera',
      'aberto',
    ],
    ...[
      'wachtend',
      'in afwachting',
      'aangevraagd',
      'oczekuj',
      'otwart',
      'čekaj',
      'čaká',
      'vyžádán',
      'függőben',
    ],
    ...[
      'várakoz',
      'în așteptare',
      'väntar',
      'väntande',
      'avvaktar',
      'venter',
      'ventende',
      'afventer',
      'odott',
    ],
    ...[
      'ootel',
      'ожида',
      'открыт',
      'очіку',
      'εκκρεμ',
      'αναμον',
      'beklem',
      'bekliyor',
      'đang chờ',
      'chờ duyệt',
    ],
    ...[
      'menunggu',
      'tertunda',
      '保留',
      '待ち',
      '申請中',
      '未対応',
      '待处理',
      '待處理',
      '待审批',
      '待審',
      '等待',
      '대기',
    ],
    ...['보류', 'รอดำเนินการ', 'รออนุมัติ', 'ממתין', 'معلق', 'قيد الانتظار'],
  ],
};

/** Words of statuses that may be pending, among others that say so. */
const VAGUE = new Set([
  'open',
  'new',
  'to do',
  'in review',
  'backlog',
  'offen',
  'à faire',
  'aberto',
  'otwart',
  'открыт',
]);

/** Names that contain one of these mean the opposite of what their stem says. */
const NEGATIONS = /(?:^|\s)(?:not|non|nicht|no|não|nie|не|ikke|inte|niet|un|pas)\s/u;
const BEGINS_WORD = '(?:^|[^\\p{L}\\p{M}])';
const WITHOUT_SPACES = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Arab}\p{sc=Hebr}]/u;

/**
 * Statuses that probably have these meanings, by their names and then by category. A proposal that a person confirms: a
 * status without a telling name is never proposed as an end of a request.
 */
export function suggestSlots(statuses: readonly NamedStatus[]): Record<Slot, string[]> {
  const left = new Map(statuses.map((status) => [status.id, status]));
  const suggested: Record<Slot, string[]> = { pending: [], approved: [], denied: [], expired: [] };
  // Ends first: “waiting for approval” must not be taken for an approval, nor “open” out of “reopened” for pending.
  for (const slot of ['denied', 'expired', 'approved', 'pending'] as const) {
    const fitting = [...left.values()]
      .map((status) => ({ status, rank: rankOf(slot, status) }))
      .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.rank - b.rank);
    const best = fitting[0]?.status;
    if (best === undefined) continue;
    suggested[slot] = [best.id];
    left.delete(best.id);
  }
  if (suggested.pending.length === 0) {
    const open = [...left.values()].filter(({ category }) => category !== 'done');
    if (open.length === 1) suggested.pending = open.map(({ id }) => id);
  }
  return suggested;
}

/** Lower is likelier; infinite when the name does not tell. */
function rankOf(slot: Slot, { name, category }: NamedStatus): number {
  const text = name.normalize('NFC').toLowerCase().trim();
  if (slot !== 'pending' && isWaiting(text)) return Number.POSITIVE_INFINITY;
  const place = STEMS[slot].findIndex((stem) => contains(text, stem));
  if (place < 0 || NEGATIONS.test(text)) return Number.POSITIVE_INFINITY;
  const isEnd = SLOTS.indexOf(slot) > 0;
  // A name that is just the word is likelier than one that has it among others; an end is likelier in the category “done”.
  const isVague = VAGUE.has(STEMS[slot][place] ?? '');
  return text.length + (isEnd === (category === 'done') ? 0 : 100) + (isVague ? 200 : 0);
}

function isWaiting(text: string): boolean {
  return STEMS.pending.some((stem) => !VAGUE.has(stem) && contains(text, stem));
}

function contains(text: string, stem: string): boolean {
  const word = stem.normalize('NFC');
  if (WITHOUT_SPACES.test(word)) return text.includes(word);
  return new RegExp(`${BEGINS_WORD}${word}`, 'u').test(text);
}
