/** A made-up photo of a contract. */
export const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400" width="300" height="400">
<rect width="300" height="400" fill="#b9a48a"/><rect x="28" y="24" width="244" height="352" fill="#fbfaf5"/>
<text x="150" y="62" text-anchor="middle" font-size="18" font-family="serif" fill="#333">房屋租赁合同</text>
${Array.from({ length: 16 }, (_, i) => `<rect x="48" y="${90 + i * 15}" width="${i % 5 === 4 ? 110 : 204}" height="3" fill="#bbb"/>`).join('')}
<circle cx="206" cy="340" r="24" fill="none" stroke="#c33" stroke-width="3" opacity="0.7"/></svg>`
