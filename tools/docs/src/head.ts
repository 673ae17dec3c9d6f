import type { HeadConfig } from 'vitepress';
import type { LinkPlaces } from './check-links.ts';

/** Icon of the site, and what others show of a page that is linked there: the picture is of 1,200 by 630 pixels. */
export function headOf({ address, base }: Pick<LinkPlaces, 'address' | 'base'>): HeadConfig[] {
  const [owner = ''] = new URL(address).pathname.slice(1).split('/');
  const picture = `https://${owner}.github.io${base}card.png`;
  const properties = {
    'og:type': 'website',
    'og:site_name': 'worker-auth',
    'og:title': 'worker-auth: OAuth2 for Temporal workers',
    'og:description':
      'Running workers get each new token: without a restart, and without losing an activity result.',
    'og:image': picture,
    'og:image:width': '1200',
    'og:image:height': '630',
    'og:image:alt':
      'Two workers while the client secret is rotated: this package goes on, a plain worker fails',
  };
  return [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }],
    ['meta', { name: 'twitter:card', content: 'summary_large_image' }],
    ...Object.entries(properties).map(([property, content]): HeadConfig => ['meta', { property, content }]),
  ];
}
